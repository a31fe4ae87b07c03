/** A Worker that runs rows of the fault table (tests/faults), each in a request of its own: POST `{ at, world }`. */
import * as api from "hyperstack-credentials";
import { runRow } from "../../faults/run.mjs";
import rows from "../../faults/table.mjs";

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("ready");
    const { at, world } = await request.json();
    return Response.json(await runRow(rows[at], { ...world, runtime: "workerd", api }));
  },
};
