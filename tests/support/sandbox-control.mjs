/**
 * Plants credentials and scripts responses in a sandbox, for the tests of the Worker and the page.
 */
import { linkTo, newId, steer } from "./control.mjs";

export { linkTo, newId };

/** @param {{ url: string, token: string }} sandbox */
export function control(sandbox) {
  const sandboxed = steer(sandbox);
  return {
    samples: sandboxed.samples,
    requests: sandboxed.requests,
    clearScript: sandboxed.clearScript,
    /** Makes or changes a credential; `fields` as sandbox/README.md lists them. */
    putCredential: (id, fields) => sandboxed.credential(fields, id),
    /** Answers the next requests for `id` (or, without it, all requests) by script. */
    script: (id, ...steps) =>
      sandboxed.script(
        ...steps.map((step) => ({
          ...(id === null ? {} : { match: { path_prefix: viewPath(id) } }),
          ...step,
        })),
      ),
    /** A credential that is active, public and does not expire, with what `fields` change; gives its id. */
    async newCredential(fields = {}) {
      const id = newId();
      return sandboxed.credential(
        {
          status: "active",
          issued_on: "2026-01-15T10:00:00Z",
          valid_until: null,
          privacy: "public",
          document_url: linkTo(id),
          ...fields,
        },
        id,
      );
    },
  };
}

/** The path of the API's `view`. */
const viewPath = (id) => `/v1/credential/${id}/`;
