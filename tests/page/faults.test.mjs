/**
 * The verify page when things go wrong or are meant to: a service that fails, lies, waits or is gone, and data of a
 * credential that is made to break pages. Nothing of it may end in the verified look.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assertAccessible } from "../support/axe.mjs";
import { startBrowser, until } from "../support/browser.mjs";
import { wrongHash } from "../support/complaints.mjs";
import { openFrontDoor } from "../support/front-door.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control, linkTo, newId } from "../support/sandbox-control.mjs";
import { checkIds } from "../support/verdicts.mjs";
import { verifyPage } from "../support/verify-page.mjs";

let sandbox;
let steer;
let worker;
let door;
let browser;
let page;
/** A credential that is valid, and the Worker's true answer about it. */
let link;
let truth;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  steer = control(sandbox);
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(await steer.samples()),
      HYPERSTACK_ALLOW_METADATA: "custom_note",
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
  door = await openFrontDoor(worker);
  browser = await startBrowser();
  page = verifyPage(browser, `${door.url}/`);
  link = linkTo(await steer.newCredential());
  await page.open();
  assert.equal((await page.verify(link)).verdict, "valid");
  truth = await askTheWorker(link);
});

after(async () => {
  await browser?.stop();
  await door?.stop();
  await worker?.stop();
  await sandbox?.stop();
});

beforeEach(() => {
  door.verify = async () => null;
  door.questions = [];
  door.missing = [];
});

afterEach(async () => {
  await steer.clearScript();
});

async function askTheWorker(input) {
  const answer = await fetch(`${worker.url}/api/verify`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ input }),
  });
  return answer.json();
}

/** The last verdict is the default; a new page knows none. */
async function verifyAnew(input, name = null) {
  await page.open();
  return page.verify(input, name);
}

function assertUndecided(now, reason) {
  assert.deepEqual([now.outcome, now.verdict, now.reason], ["indeterminate", "indeterminate", reason]);
  assert.equal(now.tone, "neutral");
  assert.equal(now.ticks, 0);
  assert.equal(now.heading, "We could not check");
  assert.match(now.text, /This says nothing about the credential/);
  assert.equal(now.compare, null);
  assert.notEqual(now.retry, null);
  assert.doesNotMatch(`${now.title} ${now.status}`, /verified/i);
}

/** Complaints other than a browser's word on a request that was made to fail. */
async function assertQuiet() {
  const failure = /\/api\/verify - Failed to load resource/;
  assert.deepEqual(
    (await browser.complaints()).filter((text) => !failure.test(text)),
    [],
  );
}

describe("a dishonest service", () => {
  const change = (make) => () => {
    const answer = structuredClone(truth);
    make(answer);
    return { body: answer };
  };
  const check = (answer, id) => answer.checks.find((each) => each.id === id);
  const lies = {
    "verified for another credential": async () => ({
      body: await askTheWorker(linkTo(await steer.newCredential())),
    }),
    "a subject exchanged": change((answer) => Object.assign(answer.subject, { id: newId() })),
    "a credential exchanged": change((answer) => Object.assign(answer.credential, { document_id: newId() })),
    "a failed check": change((answer) =>
      Object.assign(check(answer, "status"), { state: "fail", code: "revoked" }),
    ),
    "a check that could not be made": change((answer) =>
      Object.assign(check(answer, "lookup"), { state: "error" }),
    ),
    "a check left out": change((answer) => answer.checks.splice(6, 1)),
    "a required check skipped": change((answer) =>
      Object.assign(check(answer, "not_before"), { state: "skipped" }),
    ),
    "a required check only warned of": change((answer) =>
      Object.assign(check(answer, "status"), { state: "warn" }),
    ),
    "the status of the credential": change((answer) =>
      Object.assign(answer.credential, { status: "revoked" }),
    ),
    "no credential": change((answer) => Object.assign(answer, { credential: null })),
    "verified, but the verdict revoked": change((answer) => Object.assign(answer, { verdict: "revoked" })),
    "valid, but not verified": change((answer) => Object.assign(answer, { outcome: "not_verified" })),
    "verified for a reason": change((answer) => Object.assign(answer, { reason: "network" })),
    "another schema": change((answer) => Object.assign(answer, { schema: "hyperstack-verify/2" })),
    "an unknown verdict": change((answer) => Object.assign(answer, { verdict: "excellent" })),
    "nothing but the word": () => ({ body: { outcome: "verified", verdict: "valid", valid: true } }),
    "text that is no JSON": () => ({ body: '{"outcome":"verified","verdict":"valid"' }),
    "a page": () => ({ headers: { "content-type": "text/html" }, body: JSON.stringify(truth) }),
    "verified with a status of 500": () => ({ status: 500, body: truth }),
    "verified with a status of 404": () => ({ status: 404, body: truth }),
    "verified with a status of 201": () => ({ status: 201, body: truth }),
    "verified elsewhere": () => ({ status: 302, headers: { location: "/api/verify" }, body: truth }),
  };
  before(() => page.open());
  for (const [name, lie] of Object.entries(lies)) {
    test(name, async () => {
      door.verify = lie;
      const now = await page.verify(link);
      assert.equal(door.questions.length, 1);
      assertUndecided(now, now.reason);
      assert.deepEqual(now.checks.map(({ id }) => id).sort(), [...checkIds].sort());
      await assertQuiet();
    });
  }

  test("refuses a name match that was not made", async () => {
    door.verify = () => ({ body: truth });
    const now = await page.verify(link, "Nobody At All");
    assert.deepEqual(door.questions, [{ input: link, recipient_name: "Nobody At All" }]);
    assertUndecided(now, "bad_shape");
  });

  test("shows a check of a later service that the page does not know", async () => {
    const later = { id: "issuer_key", state: "pass", code: "right_key", params: { key_id: "k\u202e1" } };
    door.verify = () => ({ body: { ...truth, checks: truth.checks.toSpliced(6, 0, later) } });
    const now = await page.verify(link);
    assert.deepEqual([now.outcome, now.verdict, now.tone], ["verified", "valid", "verified"]);
    assert.deepEqual(
      now.checks.map(({ id }) => id),
      checkIds.toSpliced(6, 0, "issuer_key"),
    );
    const shown = await browser.run("return document.querySelector('[data-check=issuer_key]').textContent");
    assert.match(shown, /^Other check: issuer_key Passed/);
    assert.match(shown, /right_key/);
    assert.ok(!shown.includes("\u202e"));
    await assertAccessible(browser, "a check of a later service");
  });

  test("accepts the same response unchanged", async () => {
    door.verify = () => ({ body: truth });
    const now = await page.verify(link);
    assert.deepEqual([now.outcome, now.verdict, now.tone], ["verified", "valid", "verified"]);
  });
});

describe("a service that fails", () => {
  test("a connection that breaks", async () => {
    await page.open();
    door.verify = () => "cut";
    const now = await page.verify(link);
    assertUndecided(now, "network");
    assert.equal(now.focus, "verdict-title");
    await assertQuiet();
    await assertAccessible(browser, "network fault");
  });

  test("counts down the wait on the button after too many requests", async () => {
    await page.open();
    const body = { title: "Too many requests", status: 429, code: "too_many_requests" };
    door.verify = () => ({
      status: 429,
      headers: { "content-type": "application/problem+json", "retry-after": "3" },
      body,
    });
    const now = await page.verify(link);
    assertUndecided(now, "rate_limited");
    assert.match(now.retry, /Try again in [23] s/);
    assert.equal(now.retryWaits, "true");
    await page.click("#retry-button");
    assert.equal(door.questions.length, 1, "not before the wait is over");
    await assertAccessible(browser, "waiting to retry");
    await until("the end of the wait", async () => (await page.look()).retryWaits === null);
    assert.equal((await page.look()).status, "You can try again now.");
    door.verify = async () => null;
    await page.click("#retry-button");
    assert.equal((await page.result("valid")).focus, "verdict-title");
    assert.equal(door.questions.length, 2);
  });

  test("an outage of the issuer's account that is over at the retry", async () => {
    const id = await steer.newCredential({ status: "revoked" });
    await steer.script(id, { status: 503, times: 2 });
    const now = await verifyAnew(linkTo(id));
    assertUndecided(now, "upstream_5xx");
    assert.match(now.checks[3].text, /503/);
    await assertAccessible(browser, "indeterminate with retry");
    await page.click("#retry-button");
    const then = await page.result("revoked");
    assert.equal(then.outcome, "not_verified");
    assert.equal(then.focus, "verdict-title");
    await assertQuiet();
  });

  test("a fault of its configuration: offers a retry without recommending it", async () => {
    const id = await steer.newCredential();
    await steer.script(id, { status: 401, body: '{"detail":"Invalid token"}', times: 2 });
    const now = await verifyAnew(linkTo(id));
    assertUndecided(now, "unauthorized");
    assert.match(now.text, /Trying again will probably not help/);
    assert.doesNotMatch(
      await browser.run("return document.getElementById('retry-button').className"),
      /main/,
    );
  });
});

describe("a page with a missing part", () => {
  const openIncomplete = async () => {
    await browser.driver.get("about:blank");
    await browser.driver.get(`${door.url}/`);
  };
  const notFound = /Failed to load resource|status of 404|wasm/i;

  test("checks nothing without the verifier, until it has loaded", async () => {
    door.missing = ["/hyperstack_verifier_bg.wasm"];
    await openIncomplete();
    const now = await page.verify(link);
    assertUndecided(now, "page_fault");
    assert.ok(!now.text.includes("Source"), "it does not claim that anybody was");
    assert.deepEqual(door.questions, []);
    await assertAccessible(browser, "page fault");
    door.missing = [];
    await page.click("#retry-button");
    assert.equal((await page.result("valid")).outcome, "verified");
    assert.deepEqual(
      (await browser.provoked(wrongHash())).filter((text) => !notFound.test(text)),
      [],
    );
  });

  test("says so without its settings, and trusts Hyperstack's own host only", async () => {
    door.missing = ["/api/config"];
    await openIncomplete();
    assert.equal((await page.verify(link)).verdict, "valid");
    assert.equal(
      await browser.run("return document.getElementById('config-notice').checkVisibility()"),
      true,
    );
    // Whether the service compares names is not known, so none is asked for.
    assert.equal(
      await browser.run("return document.getElementById('name-disclosure').checkVisibility()"),
      false,
    );
    const other = await page.verify(link.replace("hyperstack.id", "certificates.acme.example"));
    assert.equal(other.verdict, "untrusted_host");
    await assertAccessible(browser, "without settings");
    assert.deepEqual(
      (await browser.complaints()).filter((text) => !notFound.test(text)),
      [],
    );
  });
});

describe("one check at a time", () => {
  const slow = async (fields) => {
    const id = await steer.newCredential(fields);
    await steer.script(id, { apply: true, delay_ms: 1200 });
    return linkTo(id);
  };

  test("says that it is under way, then that it takes long; axe finds nothing", async () => {
    await page.open();
    const id = await steer.newCredential();
    await steer.script(id, { apply: true, delay_ms: 3500 });
    await page.submit(linkTo(id));
    await until("the progress", async () => (await page.look()).progress);
    const now = await page.look();
    assert.deepEqual([now.busy, now.verdict, now.cancel, now.folded], ["true", null, true, false]);
    assert.equal(now.status, "Checking this credential…");
    assert.equal(now.progressText, "This usually takes a second or two.");
    assert.equal(now.ticks, 0);
    await assertAccessible(browser, "in progress");
    const slowText = "This is taking longer than usual. You can wait or cancel.";
    await until("the word", async () => (await page.look()).status === slowText);
    assert.equal((await page.look()).progressText, slowText);
    await assertAccessible(browser, "slow");
    assert.equal((await page.result()).verdict, "valid");
  });

  test("of a link in the address: the form stays folded, and appears when it is cancelled", async () => {
    const link = await slow();
    await browser.driver.get("about:blank");
    await browser.driver.get(`${door.url}/#verify=${encodeURIComponent(link)}`);
    await until("the progress", async () => (await page.look()).progress);
    assert.equal((await page.look()).folded, true);
    await assertAccessible(browser, "opened by a link");
    await page.click("#cancel-button");
    const now = await page.look();
    assert.deepEqual([now.folded, now.focus, now.link, now.progress], [false, "verify-button", link, false]);
    await sleep(1500);
    assert.equal((await page.look()).verdict, null);
  });

  test("shows the latest of several, however long the others take", async () => {
    await page.open();
    await page.submit(await slow({ status: "revoked" }));
    await until("the steps", async () => (await page.look()).progress);
    await page.submit(link);
    assert.equal((await page.result()).verdict, "valid");
    await sleep(1500);
    const now = await page.look();
    assert.equal(now.verdict, "valid");
    assert.equal(now.hash, `#verify=${encodeURIComponent(link)}`);
    await assertQuiet();
  });

  test("shows no result after it was cancelled, also not later", async () => {
    await page.open();
    await page.submit(await slow());
    await until("the steps", async () => (await page.look()).progress);
    await page.click("#cancel-button");
    const now = await page.look();
    assert.equal(now.verdict, null);
    assert.equal(now.text, "");
    assert.equal(now.status, "Cancelled. The credential was not checked.");
    assert.equal(now.focus, "verify-button");
    assert.equal(now.cancel, false);
    await sleep(1500);
    assert.equal((await page.look()).verdict, null);
    await assertQuiet();
    assert.equal((await page.verify(link)).verdict, "valid");
  });
});

test("ends when another text is entered, and shows no result later", async () => {
  await page.open();
  const id = await steer.newCredential();
  await steer.script(id, { apply: true, delay_ms: 1200 });
  await page.submit(linkTo(id));
  await until("the steps", async () => (await page.look()).progress);
  await page.click("#credential-url");
  await browser.keys("x");
  const now = await page.look();
  assert.deepEqual([now.busy, now.progress, now.verdict, now.cancel], ["false", false, null, false]);
  await sleep(1500);
  assert.deepEqual([(await page.look()).verdict, (await page.look()).hash], [null, ""]);
  await assertQuiet();
});

describe("a hostile credential", () => {
  const markup = `<img src=x onerror="window.broken=1"><script>window.broken=1</script><b id="status">&amp;`;
  const bidi = "\u202Egnihton si siht\u2066 Ann\u0000a";

  test("markup is shown as text and does nothing", async () => {
    const id = await steer.newCredential({
      recipient_name: markup,
      group_key: newId(),
      group_title: `</title><iframe src="//evil.example">${markup}`,
      metadata: { custom_note: `javascript:alert(1) ${markup}` },
    });
    const now = await verifyAnew(linkTo(id));
    assert.equal(now.verdict, "valid");
    assert.ok(now.compare.includes(markup), now.compare);
    assert.deepEqual(
      await browser.run(
        `return [window.broken ?? null, document.querySelectorAll("#result :is(img, script, iframe, b, a)").length]`,
      ),
      [null, 0],
    );
    await assertQuiet();
    await assertAccessible(browser, "markup in a name");
  });

  test("ten kilobytes are shortened, shown on demand, and never wider than the page", async () => {
    const long = "Wolfeschlegelstein".repeat(570);
    const id = await steer.newCredential({ recipient_name: long, group_key: newId(), group_title: long });
    await browser.setViewport(320, 640);
    try {
      const now = await verifyAnew(linkTo(id));
      assert.equal(now.verdict, "valid");
      assert.ok(!now.compare.includes(long) && now.compare.includes(long.slice(0, 160)));
      await assertNotTooWide();
      await page.click("#subject .button-text");
      assert.ok((await page.look()).compare.includes(long));
      await assertNotTooWide();
      await page.click("#subject .button-text");
      assert.ok(!(await page.look()).compare.includes(long));
      await assertAccessible(browser, "a long name");
    } finally {
      await browser.setViewport(null);
    }
  });

  test("characters that change the direction stay isolated, with a warning", async () => {
    const id = await steer.newCredential({ recipient_name: bidi.replace("\u0000", ""), group_key: newId() });
    const now = await verifyAnew(linkTo(id));
    assert.equal(now.verdict, "valid");
    assert.match(now.compare, /invisible characters or characters that change its direction/);
    const [place, direction] = await browser.run(
      `const name = [...document.querySelectorAll("#subject bdi")].find(({ textContent }) => textContent.includes("\\u202E"));
       return [name.localName, getComputedStyle(name).unicodeBidi];`,
    );
    assert.equal(place, "bdi");
    assert.match(direction, /isolate/);
  });
});

async function assertNotTooWide() {
  const [room, width] = await browser.run(
    "return [document.documentElement.clientWidth, document.documentElement.scrollWidth]",
  );
  assert.ok(room <= 320 && width <= room, `${width} px in ${room} px`);
}

// The last one: it ends the Worker.
test("a missing service: nothing could be checked, and nothing is said about the credential", async () => {
  const direct = verifyPage(browser, `${worker.url}/`);
  await direct.open();
  await worker.stop();
  await direct.click('[data-sample="valid"]');
  const now = await direct.result();
  assertUndecided(now, "network");
  // What is found without the service is found as before.
  await direct.click('[data-sample="untrusted_host"]');
  assert.equal((await direct.result("untrusted_host")).outcome, "not_verified");
});
