/** A credential, and a fetch that answers with it at once. */
export const ID = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const text = JSON.stringify({
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
});
export const options = {
  token: "t",
  fetch: async () => new Response(text, { headers: { "content-type": "application/json" } }),
  dangerouslyAllowBrowser: true,
};
