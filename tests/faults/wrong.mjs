/**
 * Rows whose calls do something forbidden, each with what the runner must find (`finds`). They prove that the runner
 * detects it in every runtime.
 */

const row = (name, finds, call) => ({
  name,
  finds,
  plants: { credential: true },
  arrange: async () => {},
  answers: () => true,
  call: async (_client, stage, options) => {
    await call(stage, options);
    return null;
  },
  expect: { result: null, credentials: 1, groups: 1, requests: 0 },
});

export default [
  row("a call that does nothing", null, () => {}),
  row("a call that leaves nothing behind", null, (_stage, { signal }) => {
    const listener = () => {};
    signal.addEventListener("abort", listener);
    signal.removeEventListener("abort", listener);
    clearTimeout(setTimeout(() => {}, 60_000));
  }),
  row("a listener that is left", /^1 listeners are left$/, (_stage, { signal }) =>
    signal.addEventListener("abort", () => {}),
  ),
  row("a timer that is left", /^1 timers are left$/, () => {
    setTimeout(() => {}, 100);
  }),
  row("a rejection that nobody handles", /^nobody caught unhandled ?rejection: /i, () => {
    Promise.reject(new Error("lost"));
  }),
  row("a request too many", /^1 requests, not 0/, ({ id, ask }) => ask(`/v1/credential/${id}/view`)),
  row("the token on the console", /^the token stands in console\.debug/, ({ token }) =>
    console.debug({ nested: [token] }),
  ),
  row("the address on the console", /^the address stands in console\.error/, ({ email }) =>
    console.error("lost", email),
  ),
  row("the token in an error", /^the token stands in error/, ({ token }) =>
    Promise.reject(new Error(`Bearer ${token}`)),
  ),
  row("a piece of the token in a cause", /^the token stands in error/, ({ token }) =>
    Promise.reject(new Error("x", { cause: { said: token.slice(9, 17) } })),
  ),
  row("the token where only looking closely shows it", /^the token stands in error/, ({ token }) =>
    Promise.reject(Object.defineProperty(new Error("x"), "request", { value: { auth: [token] } })),
  ),
  row("the token in other letters", /^the token stands in error/, ({ token }) =>
    Promise.reject(token.toUpperCase()),
  ),
  row("the address in an error", /^the address stands in error/, ({ email }) =>
    Promise.reject(new Error(`no ${email}`)),
  ),
  row("the address in the JSON of an error", /^the address stands in error/, ({ email }) =>
    Promise.reject({ toJSON: () => email.split("@")[0] }),
  ),
];

/** What is wrong with what was found; nothing where it is as it should be. */
export const missed = ({ name, finds }, found) => {
  const ok = finds === null ? found.length === 0 : found.some((text) => finds.test(text));
  return ok ? [] : [`${name}: ${finds} is not in ${JSON.stringify(found)}`];
};
