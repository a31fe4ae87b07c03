/**
 * Owns steering a running sandbox through its `/_sandbox` routes: made-up credentials, scripted answers, the requests
 * it saw. sandbox/README.md describes them.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

/** @param {{ url: string, token: string }} sandbox */
export function control(sandbox) {
  const call = async (method, path, body) => {
    const answer = await fetch(`${sandbox.url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    samples: () => call("GET", "samples"),
    requests: () => call("GET", "requests"),
    /** Makes or changes a credential; `fields` as sandbox/README.md lists them. */
    putCredential: (id, fields) => call("PUT", `credentials/${id}`, fields),
    clearScript: () => call("DELETE", "script"),
    /** Answers the next requests for `id` (or, without it, all requests) by script. */
    script: (id, ...steps) =>
      call(
        "POST",
        "script",
        steps.map((step) => ({ ...(id === null ? {} : { match: { path_prefix: viewPath(id) } }), ...step })),
      ),
    /** A credential that is active, public and does not expire, with what `fields` change; gives its id. */
    async newCredential(fields = {}) {
      const id = newId();
      await call("PUT", `credentials/${id}`, {
        status: "active",
        issued_on: "2026-01-15T10:00:00Z",
        valid_until: null,
        privacy: "public",
        document_url: linkTo(id),
        ...fields,
      });
      return id;
    },
  };
}

export const linkTo = (id) => `https://hyperstack.id/credential/${id}`;

/** An id that no other test uses. */
export const newId = () => `T${randomBytes(16).toString("hex").slice(1)}`;

/** The path of the API's `view`. */
const viewPath = (id) => `/v1/credential/${id}/`;
