/** Creates stand-ins for `fetch` that record their calls. */

export const ID = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";

/** An answer of `view` as documented. */
export const credential = (changes = {}) => ({
  success: true,
  document_id: ID,
  document_url: `https://hyperstack.id/credential/${ID}`,
  recipient: { name: "John Doe", email: "john@example.com" },
  group: { title: "Cloud Certification", key: "GcI6H5b66a3v", code: "CC-2024" },
  issued_on: "2024-03-15T10:30:00Z",
  valid_until: null,
  metadata: { custom_location: "Mars" },
  privacy: "public",
  status: "active",
  ...changes,
});

/** A Response of JSON. */
export const json = (body, { status = 200, headers = {} } = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });

/** A fetch that answers with what `answer(url, init)` gives, and keeps its calls in `.calls`. */
export function mockFetch(answer = () => json(credential())) {
  const fetch = function (...given) {
    fetch.calls.push({ self: this, given, url: given[0], init: given[1] });
    return answer(...given);
  };
  fetch.calls = [];
  return fetch;
}
