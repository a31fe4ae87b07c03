/** A Worker that runs rows of the fault table (tests/faults), each in a request of its own: POST `{ table, at, world }`. */
import * as api from "hyperstack-credentials";
import { runRow } from "../../faults/run.mjs";
import rows from "../../faults/table.mjs";
import wrong from "../../faults/wrong.mjs";

const tables = { rows, wrong };

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("ready");
    const { table, at, world } = await request.json();
    return Response.json(await runRow(tables[table][at], { ...world, runtime: "workerd", api }));
  },
};
