/** The complaints that tests provoke, by browser, for `provoked` of `startBrowser`. Firefox does not report error statuses. */

/** WebAssembly that the policy of the page does not allow. */
export const FORBIDDEN_WASM = {
  chromium: [/^CSP: script-src wasm-eval/],
  firefox: [/^CSP: script-src wasm-eval/, /^javascript error: .*'wasm-unsafe-eval'/],
};

/** A response whose hash is not the required one, `times` times. */
export const wrongHash = (times = 1) => ({
  chromium: repeated(times, [/Failed to find a valid digest/, /SRI's integrity checks failed/]),
  firefox: repeated(times, [/None of the “sha384” hashes/]),
});

/** A response with this error status for this path. */
export const failedStatus = (path, status) => ({
  chromium: [new RegExp(`${path} - Failed to load resource: .* status of ${status}`)],
  firefox: [],
});

/** A response that the page may not read because of its origin. */
export const FORBIDDEN_ORIGIN = {
  chromium: [/blocked by CORS policy/, /net::ERR_FAILED/],
  firefox: [/Cross-Origin Request Blocked/, /Cross-Origin Request Blocked/],
};

/** A script of another type than JavaScript, with status 404. */
export const missingScript = (path) => ({
  ...failedStatus(path, 404),
  firefox: [/blocked because of a disallowed MIME type/],
});

const repeated = (times, patterns) => Array.from({ length: times }, () => patterns).flat();
