/** The packed package in Next 14, which keeps the response of every fetch that is not exempted: a verdict is never old. */
import { after, before, test } from "node:test";
import { project } from "../support/consumers.mjs";
import { assertNeverStale, startNext } from "../support/next.mjs";
import { startSandbox } from "../support/processes.mjs";

let sandbox;
let next;
before(async () => {
  sandbox = await startSandbox();
  next = await startNext(project("next-14"), sandbox);
});
after(async () => {
  await next?.stop();
  await sandbox?.stop();
});

for (const path of ["/cached", "/plain"]) {
  test(`${path}: shows a revocation at the first reload`, () =>
    assertNeverStale(next.address, path, sandbox));
}
