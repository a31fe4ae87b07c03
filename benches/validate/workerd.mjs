/**
 * Clocks stand still while a Worker computes, so the time is taken outside:
 * `/run?count=50&name=…&times=100`, and `/judge`.
 */
import { prepare } from "./common.mjs";

const bench = prepare({ codeGeneration: false });
const prepared = new Map();
const runnersOf = (count) => {
  if (!prepared.has(count)) prepared.set(count, bench.runners(Number(count)));
  return prepared.get(count);
};

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const asked = (name) => searchParams.get(name);
    if (pathname === "/judge") return Response.json(await bench.judge());
    const runners = runnersOf(asked("count"));
    if (pathname === "/names") return Response.json(Object.keys(runners));
    const run = runners[asked("name")];
    for (let time = Number(asked("times")); time > 0; time -= 1) {
      await run?.();
    }
    return new Response("done");
  },
};
