/**
 * Clocks stand still while a Worker computes, so the time is taken outside:
 * `/run?from=text&count=50&name=…&times=100`, and `/judge`.
 */
import wasm from "#decoder-wasm";
import { prepare } from "./common.mjs";

const bench = prepare(wasm, { codeGeneration: false });
const prepared = new Map();
const runnersOf = (count, from) => {
  const key = `${count} ${from}`;
  if (!prepared.has(key)) prepared.set(key, bench.runners(Number(count), from));
  return prepared.get(key);
};

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const asked = (name) => searchParams.get(name);
    if (pathname === "/judge") return Response.json(bench.judge());
    const runners = runnersOf(asked("count"), asked("from"));
    if (pathname === "/names") return Response.json(Object.keys(runners));
    const run = runners[asked("name")];
    for (let time = Number(asked("times")); time > 0; time -= 1) {
      const result = run?.();
      if (result instanceof Promise) await result;
    }
    return new Response("done");
  },
};
