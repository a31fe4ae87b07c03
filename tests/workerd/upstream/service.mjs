/** What stands between the Worker and the API: here it has two accounts of its own, and the name of no host. */
const known = {
  "token-one": { Upstream000000000000000000000001: "active", Upstream000000000000000000000002: "active" },
  "token-two": { Upstream000000000000000000000002: "revoked" },
};

export default {
  async fetch(request) {
    const { hostname, pathname } = new URL(request.url);
    if (hostname !== "api.invalid") return new Response(null, { status: 500 });
    const account = known[request.headers.get("authorization")?.slice("Bearer ".length)];
    if (!account) return Response.json({ detail: "Invalid token" }, { status: 401 });
    if (pathname === "/v1/auth") {
      return Response.json({ success: true, message: "Yes", account_name: "Acme", account_id: "acme" });
    }
    const id = pathname.split("/")[3];
    if (!(id in account)) {
      return Response.json(
        { success: false, error: "Document does not exists in your account" },
        { status: 404 },
      );
    }
    return Response.json({
      success: true,
      document_id: id,
      document_url: `https://hyperstack.id/credential/${id}`,
      recipient: { name: "Zoë", email: "zoe@private.test" },
      group: { title: "Rust 101", key: "RustGroup001", code: "R-101" },
      issued_on: "2026-01-15T10:00:00Z",
      valid_until: null,
      metadata: {},
      status: account[id],
      privacy: "public",
    });
  },
};
