/** The fault table (tests/faults) in a page: the browser's own fetch, with CORS, against a sandbox of another origin. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import rows from "../faults/table.mjs";
import wrong, { missed } from "../faults/wrong.mjs";
import { browserName, startBrowser, until } from "../support/browser.mjs";
import { servePage } from "../support/fault-page.mjs";
import { startFaultWorld } from "../support/fault-world.mjs";

let faults;
let page;
let browser;
before(async () => {
  faults = await startFaultWorld();
  page = await servePage();
  browser = await startBrowser({ watchNetwork: false });
  await browser.driver.get(page.url);
  await until("the page", async () => (await browser.driver.getTitle()) === "ready");
});
after(async () => {
  await browser?.stop();
  page?.stop();
  await faults?.stop();
});

const ask = (table, members) =>
  browser.run("return window.runRows(...arguments)", table, members, {
    ...faults.world,
    runtime: browserName,
  });

test("finds what is wrong with a call here, too", async () => {
  const found = await ask("wrong", [...wrong.keys()]);
  assert.deepEqual(
    wrong.flatMap((row, at) => missed(row, found[at].found)),
    [],
  );
  // Firefox tells of the rejection all the same.
  await browser.provoked({ chromium: [], firefox: [/^javascript error: Error: lost/] });
});

// Several rows a question: asking the browser takes as long as many a row.
for (const [fault, members] of Map.groupBy(rows.keys(), (at) => rows[at].name.split(": ").at(-1))) {
  test(fault, async () => {
    const found = await ask("rows", members);
    assert.deepEqual(
      found.map(({ name }) => name),
      members.map((at) => rows[at].name),
    );
    assert.deepEqual(
      found.filter(({ ok }) => !ok),
      [],
    );
  });
}

test("the servers' and the browser's logs contain no secret, and the page threw nothing", async () => {
  const complaints = await browser.complaints();
  faults.assertNoSecretIn(faults.logs() + complaints.join("\n"));
  // Firefox tells of what was lost as if it were an exception, by design of the rows.
  const thrown = (text) => text.startsWith("javascript") && !text.includes("Cross-Origin Request Blocked");
  assert.deepEqual(
    complaints.filter((text) => thrown(text) || text.startsWith("CSP")),
    [],
  );
});
