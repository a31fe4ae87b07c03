/**
 * The list on the verify page: taken in, checked, paused, stopped, sorted and saved; and five hundred links while the
 * account behind the service fails in every way, each row held against what the sandbox holds.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { Key } from "selenium-webdriver";
import { assertAccessible } from "../support/axe.mjs";
import { browserName, startBrowser, until } from "../support/browser.mjs";
import { openFrontDoor } from "../support/front-door.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control, linkTo, newId } from "../support/sandbox-control.mjs";
import { secretAddresses } from "../support/verdicts.mjs";
import { verifyPage } from "../support/verify-page.mjs";

const texts = JSON.parse(readFileSync(new URL("../../www/public/messages/en.json", import.meta.url), "utf8"));
const pictures = process.env.SCREENSHOTS;
const folder = mkdtempSync(join(tmpdir(), "hyperstack-list-"));

let sandbox;
let steer;
let worker;
let door;
let browser;
let page;
let samples;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  steer = control(sandbox);
  samples = await steer.samples();
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(samples),
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
  door = await openFrontDoor(worker);
  browser = await startBrowser({ watchNetwork: false });
  page = verifyPage(browser, `${door.url}/`);
  if (pictures) mkdirSync(pictures, { recursive: true });
});

after(async () => {
  await browser?.stop();
  await door?.stop();
  await worker?.stop();
  await sandbox?.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  await steer.clearScript();
  door.verify = async () => null;
  await page.open("#list");
  door.questions = [];
  door.batches = 0;
});

const outcomesOf = ({ rows }) => Object.fromEntries(rows.map(({ number, outcome }) => [number, outcome]));

/** A browser's own word on a request that was made to fail. */
async function assertQuiet() {
  const failure = /\/api\/verify - Failed to load resource/;
  assert.deepEqual(
    (await browser.complaints()).filter((text) => !failure.test(text)),
    [],
  );
}

async function takePicture(name) {
  if (!pictures) return;
  for (const [kind, width, height, scheme] of [
    ["desktop-light", 1280, 900, "light"],
    ["phone-dark", 390, 844, "dark"],
  ]) {
    await browser.setViewport(width, height);
    await browser.setMedia({ scheme });
    await browser.screenshot(join(pictures, `${browserName}-list-${name}-${kind}.png`));
  }
  await browser.setViewport(null);
  await browser.setMedia();
}

async function assertNoBarriers(what) {
  await assertAccessible(browser, what);
  await browser.setMedia({ scheme: "dark" });
  await assertAccessible(browser, `${what}, dark`, ["color-contrast"]);
  await browser.setMedia();
  assert.deepEqual(await page.tooWide(), [], `${what}, 320 px`);
}

/** Waits until the list shows what is looked for. */
const listUntil = (what, holds) =>
  until(what, async () => {
    const now = await page.list();
    return holds(now) && now;
  });

test("500 links take less than three minutes with the default limits, and the page says how long", async () => {
  const direct = verifyPage(browser, `${worker.url}/`);
  await direct.open("#list");
  await direct.enterList(Array.from({ length: 500 }, () => linkTo(newId())).join("\n"));
  const started = performance.now();
  await page.click("#list-start");
  const resting = await until(
    "the pause of the limit",
    async () => {
      const now = await page.list();
      return (now.run === "pausing" || now.run === "done") && now;
    },
    60_000,
  );
  // A limit whose minute ends meanwhile lets all of them through.
  if (resting.run === "pausing") {
    const words = /^\d+ of 500 checked\. Continuing in \d+ s\. About (?:\d+ s|\d min) left\.$/;
    assert.match(resting.progressText, words);
    await takePicture("pausing");
  }
  const now = await page.listEnd(180_000);
  assert.deepEqual([now.run, now.filters.not_verified], ["done", 500]);
  const seconds = (performance.now() - started) / 1000;
  assert.ok(seconds < 180, `${seconds} s`);
  await browser.complaints();
});

describe("before anything is sent", () => {
  test("shows the empty form, and an error if it is started without a list", async () => {
    const now = await page.list();
    assert.deepEqual([now.run, now.start, now.stop, now.error, now.status], ["", null, false, null, ""]);
    assert.equal(await browser.run("return document.title"), texts["list.title"]);
    assert.equal(
      await browser.run("return document.querySelector('h1:not([hidden] *)').textContent"),
      texts["list.title"],
    );
    await assertNoBarriers("the empty list");
    await assertQuiet();
  });

  test("shows rows with their faults and sends nothing", async () => {
    const now = await page.enterList(
      [
        "Name;Link",
        `Ada;${linkTo("A".repeat(32))}`,
        `Joan;https://hyperstack.id:8443/credential/${"A".repeat(32)}`,
        `Mallory;https://hyperstack.id.evil.example/credential/${"A".repeat(32)}`,
        "Nobody;none",
        `Ada again;${"A".repeat(32)}`,
      ].join("\n"),
    );
    assert.deepEqual(
      now.rows.map(({ outcome, verdict, reason }) => [outcome, verdict, reason]),
      [
        ["not_checked", "", ""],
        ["not_verified", "malformed_input", "port"],
        ["not_verified", "untrusted_host", "untrusted_host"],
        ["not_verified", "malformed_input", "not_a_url"],
        ["duplicate", "", ""],
      ],
    );
    assert.deepEqual(now.filters, { all: 5, not_verified: 3, not_checked: 1, duplicate: 1 });
    assert.equal(
      now.status,
      "Rows found: 5. To be checked: 1. Nothing has been sent yet. The first row was treated as headings.",
    );
    assert.equal(now.start, "Check the list (1)");
    assert.match(now.rows[4].text, /The same as row 1/);
    assert.deepEqual(door.questions, []);
    await assertNoBarriers("a dry run");
    await takePicture("dry");
    await assertQuiet();
  });

  test("corrects obvious links in rows that say so, and sends nothing yet", async () => {
    const now = await page.enterList(
      [
        `http://hyperstack.id/credential/${"A".repeat(32)}`,
        `<${linkTo("B".repeat(32))}>.`,
        "DemoValid 0000 0000 0000 0000 0000 001",
        `http://evil.example/credential/${"A".repeat(32)}`,
      ].join("\n"),
    );
    assert.deepEqual(
      now.rows.map(({ outcome, reason }) => [outcome, reason]),
      [
        ["not_checked", ""],
        ["not_checked", ""],
        ["not_checked", ""],
        ["not_verified", "scheme_not_https"],
      ],
    );
    assert.match(now.rows[0].text, /Corrected from:\s+http:\/\/hyperstack\.id/);
    assert.match(now.rows[2].text, /DemoValid0{22}1\s+Corrected from:\s+DemoValid 0000/);
    assert.doesNotMatch(now.rows[3].text, /Corrected/);
    assert.match(now.status, /Links corrected: 2\. The table shows each correction\.$/);
    assert.deepEqual(door.questions, []);
    await assertNoBarriers("corrected rows");
    await takePicture("corrected");
    await page.click("#list-start");
    const then = await page.listEnd();
    assert.equal(then.rows[2].verdict, "valid");
    assert.match(then.rows[2].text, /Corrected from/);
    await assertQuiet();
  });

  test("says what to do with a spreadsheet file or a PDF", async () => {
    const input = await browser.driver.findElement({ id: "list-file" });
    for (const [name, bytes, text] of [
      ["list.xlsx", "PK\x03\x04\x14\x00", texts["list.spreadsheet"]],
      ["list.xls", "\xd0\xcf\x11\xe0\xa1\xb1", texts["list.spreadsheet"]],
      ["certificate.csv", "%PDF-1.7\n", texts["list.pdf"]],
    ]) {
      const file = join(folder, name);
      writeFileSync(file, Buffer.from(bytes, "latin1"));
      await input.sendKeys(file);
      const now = await listUntil(name, ({ error }) => error?.includes(text));
      assert.deepEqual([now.rows.length, now.start], [0, null]);
    }
    await assertQuiet();
  });

  test("refuses a text without a list, or with too many rows", async () => {
    const many = Array.from({ length: 501 }, () => linkTo(newId())).join("\n");
    for (const [text, error] of [
      ["certificate", texts["list.nothing"]],
      [many, "The list has 501 rows. We check at most 500 at a time. Split the list. Nothing was checked."],
      ["x".repeat(1_000_001), "This text is too long. We read at most 1,000,000 characters."],
    ]) {
      const now = await page.enterList(text);
      assert.equal(now.error, `Problem: ${error}`);
      assert.deepEqual([now.run, now.start, now.invalid, now.rows.length], ["", null, "true", 0]);
    }
    await assertNoBarriers("a list refused");
    const now = await page.enterList(linkTo(newId()));
    assert.deepEqual([now.error, now.invalid, now.rows.length], [null, null, 1]);
    assert.deepEqual(door.questions, []);
    await assertQuiet();
  });

  test("reads files: chosen, dropped, in UTF-16, and too large", async () => {
    const file = join(folder, "list.csv");
    const link = linkTo(newId());
    writeFileSync(file, Buffer.from(`\ufeffŁucja\t${link}\r\n`, "utf16le"));
    const input = await browser.driver.findElement({ id: "list-file" });
    await input.sendKeys(file);
    const chosen = await listUntil("the file", ({ rows }) => rows.length === 1);
    assert.equal(chosen.start, "Check the list (1)");
    // As a browser tells of a drop; no test may hold a real one.
    const dropped = await browser.run(
      `const data = new DataTransfer();
       data.items.add(new File(["a,b\\n1," + arguments[0] + "\\n2," + arguments[1]], "list.csv", { type: "text/csv" }));
       const tell = (type) => document.getElementById("list-form").dispatchEvent(
         new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
       const taken = [tell("dragover"), document.getElementById("list-form").hasAttribute("data-drop"), tell("drop")];
       return [...taken, document.getElementById("list-form").hasAttribute("data-drop")];`,
      link,
      linkTo(newId()),
    );
    assert.deepEqual(
      dropped,
      [false, true, false, false],
      "taken over from the browser, and marked meanwhile",
    );
    await listUntil("the drop", ({ rows }) => rows.length === 2);
    writeFileSync(file, "x".repeat(4_000_001));
    await input.sendKeys(file);
    const large = await listUntil("the refusal", ({ error }) => error !== null);
    assert.match(large.error, /too long/);
    assert.equal(large.rows.length, 0);
    await assertQuiet();
  });
});

describe("a run", () => {
  test("works by keyboard alone: every sample correct, every row reachable", async () => {
    await page.click("#list-samples");
    const dry = await listUntil("the samples", ({ rows }) => rows.length === samples.length);
    assert.equal(dry.filters.duplicate, 1, "one credential is a sample with a name, too");
    await browser.run("document.getElementById('list-text').focus()");
    for (let tries = 0; tries < 10; tries += 1) {
      await browser.keys(Key.TAB);
      if ((await page.list()).focus === "list-start") break;
    }
    await browser.keys(Key.ENTER);
    const now = await page.listEnd();
    assert.equal(now.run, "done");
    assert.equal(now.focus, "list-rows-title");
    const verdicts = now.rows.map(({ number, outcome, verdict }) => [
      samples[number - 1].name,
      outcome,
      verdict,
    ]);
    for (const [name, outcome, verdict] of verdicts) {
      if (name === "recipient_mismatch") assert.equal(outcome, "duplicate");
      else if (name === "indeterminate")
        assert.deepEqual([outcome, verdict], ["could_not_check", "indeterminate"]);
      else if (name.startsWith("valid")) assert.deepEqual([outcome, verdict], ["verified", "valid"]);
      else assert.deepEqual([outcome, verdict], ["not_verified", name]);
    }
    assert.equal(now.status, "Done. Verified: 2. Not verified: 8. Could not be checked: 1.");
    assert.equal(now.again, "Retry unchecked (1)");
    assert.deepEqual(now.progress, [9, 9]);
    const names = now.rows.map(({ text }) => text).join("\n");
    assert.match(names, /Łucja Żółkiewska/);
    assert.match(names, /Withheld: this credential is not public/);
    assert.doesNotMatch(names, /Siobhán|Ayşe/);
    assert.doesNotMatch(await browser.run("return document.documentElement.outerHTML"), secretAddresses);
    await assertNoBarriers("a list that is done");
    await browser.setMedia({ forced: true });
    await assertAccessible(browser, "a list in forced colours", ["color-contrast"]);
    await browser.setMedia();
    await takePicture("done");

    // Sorting and filtering by the keyboard; the state is told by aria-sort and aria-pressed.
    await browser.run("document.querySelector('[data-sort=result]').focus()");
    await browser.keys(Key.ENTER);
    const sorted = await page.list();
    assert.deepEqual(sorted.sorted, [["result", "ascending"]]);
    assert.equal(sorted.rows[0].outcome, "not_verified");
    assert.equal(sorted.rows.at(-1).outcome, "verified");
    await browser.keys(Key.SPACE);
    const turned = await page.list();
    assert.deepEqual(turned.sorted, [["result", "descending"]]);
    assert.equal(turned.rows[0].outcome, "verified");
    await browser.run("document.querySelector('[data-sort=name]').focus()");
    await browser.keys(Key.ENTER);
    const byName = (await page.list()).rows.map(
      ({ text }) => /João|Łucja|Nguyễn|Zoë|山田/.exec(text)?.[0] ?? null,
    );
    assert.deepEqual(byName.slice(0, 4), ["João", "Łucja", "Nguyễn", "Zoë"]);
    await browser.run("document.querySelector('[data-show=could_not_check]').focus()");
    await browser.keys(Key.ENTER);
    const filtered = await page.list();
    assert.deepEqual(
      filtered.rows.map(({ outcome }) => outcome),
      ["could_not_check"],
    );
    assert.equal(
      await browser.run("return document.querySelector('[aria-pressed=true]').dataset.show"),
      "could_not_check",
    );
    await assertAccessible(browser, "a list sorted and filtered");

    // On paper: the rows, without what can only be pressed.
    const paper = await page.onPaper();
    assert.ok(paper.includes(texts["verdict.indeterminate.title"]), paper.join("\n"));
    assert.ok(
      !paper.includes(texts["list.export"]) && !paper.includes(texts["list.label"]),
      paper.join("\n"),
    );
    await assertQuiet();
  });

  test("shows its progress and the time left, accepts no second start, sends one batch", async () => {
    let now = 0;
    let most = 0;
    door.verify = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 250));
      now -= 1;
      return null;
    };
    await page.enterList(Array.from({ length: 30 }, () => linkTo(newId())).join("\n"));
    await page.click("#list-start");
    const running = await listUntil("some rows", ({ progress }) => progress !== null && progress[0] >= 12);
    assert.equal(running.run, "running");
    assert.match(running.progressText, /^\d+ of 30 checked\. About \d+ s left\.$/);
    assert.equal(running.stop, true);
    assert.equal(running.start, "Checking…");
    assert.equal(running.again, null);
    const [role, name, readOnly] = await browser.run(
      `const bar = document.getElementById("list-progress");
       return [bar.localName, bar.getAttribute("aria-label"), document.getElementById("list-text").readOnly];`,
    );
    assert.deepEqual([role, name, readOnly], ["progress", "Progress", true]);
    await assertAccessible(browser, "a list under way");
    await takePicture("running");
    await page.listEnd();
    const times = await browser.run("return document.getElementById('list-times').innerText");
    assert.match(times, /^Checked: .*\d:\d\d/);
    assert.ok(most > 1 && most <= 6, `${most} at once`);
    assert.deepEqual([door.questions.length, door.batches], [30, 1]);
    // The outcomes as a bar: all rows, each part as long as its share.
    const parts = await browser.run(
      "return [...document.querySelectorAll('#list-chart rect')].map((part) => [part.dataset.outcome, Number(part.getAttribute('width'))])",
    );
    assert.deepEqual(
      parts.filter(([, width]) => width > 0),
      [["not_verified", 1]],
    );
    await assertQuiet();
  });

  test("checks what was typed last, once, and leaves the focus where it is", async () => {
    door.verify = async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return null;
    };
    await page.enterList(Array.from({ length: 3 }, () => linkTo(newId())).join("\n"));
    const last = newId();
    await browser.run(
      `const field = document.getElementById("list-text");
       field.value = arguments[0];
       field.dispatchEvent(new Event("input", { bubbles: true }));
       document.getElementById("list-form").requestSubmit();
       document.getElementById("list-form").requestSubmit();`,
      linkTo(last),
    );
    await listUntil("the start", ({ run }) => run === "running");
    await page.click('[data-sort="result"]');
    const now = await page.listEnd();
    assert.deepEqual([now.rows.length, door.questions.length], [1, 1]);
    assert.ok(now.rows[0].text.includes(last));
    assert.equal(await browser.run("return document.activeElement.dataset.sort"), "result");
    // Changed after the run: the rows that are still open are not those of the field any more.
    door.verify = async () => null;
    await page.enterList(`${linkTo(newId())}\n${linkTo(newId())}`);
    assert.equal((await page.list()).run, "dry");
    await assertQuiet();
  });

  test("pauses the whole list after too many requests, and loses nothing", async () => {
    let refused = 0;
    const times = [];
    door.verify = async () => {
      times.push(Date.now());
      if (times.length < 3 || refused > 0) return null;
      refused = Date.now();
      return {
        status: 429,
        headers: { "content-type": "application/problem+json", "retry-after": "2" },
        body: { title: "Too many requests", status: 429, code: "too_many_requests" },
      };
    };
    await page.enterList(Array.from({ length: 12 }, () => linkTo(newId())).join("\n"));
    await page.click("#list-start");
    const resting = await listUntil("the pause", ({ run }) => run === "pausing");
    // One countdown, and only there.
    assert.match(
      resting.progressText,
      /^\d+ of 12 checked\. Continuing in [012] s\.(?: About \d+ s left\.)?$/,
    );
    assert.equal(resting.status, "The service asked for a pause.");
    await assertAccessible(browser, "a list that rests");
    const now = await page.listEnd();
    assert.deepEqual(Object.values(outcomesOf(now)), Array(12).fill("not_verified"));
    assert.equal(times.length, 13);
    assert.deepEqual(
      times.filter((time) => time > refused + 200 && time < refused + 1900),
      [],
      "nobody is asked during the pause",
    );
    await assertQuiet();
  });

  test("keeps results when stopped, and continues with the rest only", async () => {
    door.verify = async () => {
      await new Promise((resolve) => setTimeout(resolve, 150));
      return null;
    };
    const links = Array.from({ length: 20 }, () => linkTo(newId()));
    await page.enterList(links.join("\n"));
    await page.click("#list-start");
    await listUntil("some rows", ({ progress }) => progress !== null && progress[0] >= 4);
    await page.click("#list-stop");
    const now = await page.listEnd();
    assert.equal(now.run, "stopped");
    const { not_checked: left, not_verified: done } = now.filters;
    assert.ok(done >= 4 && left > 0 && done + left === 20, JSON.stringify(now.filters));
    assert.equal(now.status, `Stopped. Not checked: ${left}. The results so far remain.`);
    await assertNoBarriers("a list that was stopped");
    door.questions = [];
    await page.click("#list-again");
    const then = await page.listEnd();
    assert.equal(then.run, "done");
    assert.equal(then.filters.not_verified, 20);
    assert.equal(door.questions.length, left);
    await assertQuiet();
  });

  test("shows hostile names as text, in the page and in the file", async () => {
    const name = `=HYPERLINK("//evil.example")<img src=x onerror="window.broken=1">\u202egnp`;
    const ids = [
      await steer.newCredential({ recipient_name: name, group_key: newId(), group_title: "-2+3" }),
      await steer.newCredential({ recipient_name: "Wolfeschlegelstein".repeat(570) }),
    ];
    // What would be saved: the file that the link in the page would lead to.
    await browser.run(
      `window.saved = [];
       const make = URL.createObjectURL;
       URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return make(blob); };
       HTMLAnchorElement.prototype.click = function () { window.saved.push(this.download + " " + this.protocol); };`,
    );
    await page.enterList(ids.map(linkTo).join("\n"));
    await page.click("#list-start");
    const now = await page.listEnd();
    assert.equal(now.filters.verified, 2);
    assert.ok(now.rows[0].text.includes("<img src=x"), now.rows[0].text);
    assert.match(now.rows[0].text, /invisible characters or characters that change its direction/);
    assert.equal(await browser.run("return window.broken ?? null"), null);
    await assertNoBarriers("hostile names in a list");
    await page.click("#list-export");
    const saved = await until("the file", async () => {
      const found = await browser.run("return window.saved");
      return found.length === 2 && found;
    });
    const csv = saved.find((text) => text.startsWith("\ufeff") || text.startsWith('"row"'));
    assert.match(
      saved.find((text) => text !== csv),
      /^credentials-[\d-]+\.csv blob:$/,
    );
    assert.ok(csv.includes(`"'${name.replaceAll('"', '""')}","'-2+3"`), csv.slice(0, 600));
    assert.doesNotMatch(csv, secretAddresses);
    await assertQuiet();
  });
});

test("five hundred links while the account fails: every row is right or not checked", async () => {
  const kinds = {
    active: ["verified", "valid"],
    revoked: ["not_verified", "revoked"],
    suspended: ["not_verified", "suspended"],
    expired: ["not_verified", "expired"],
    missing: ["not_verified", "not_found_in_account"],
  };
  // What the account says instead, twice, because the Worker asks again. None of it may pass for a verdict.
  const faults = [
    { status: 503, times: 2 },
    { status: 500, body: '{"success":true,"status":"active"}', times: 2 },
    { cut: "before_headers", times: 2 },
    { cut: { body_bytes: 40 }, apply: true, times: 2 },
    { status: 200, headers: { "content-type": "text/html" }, body: "<h1>active</h1>", times: 2 },
    { status: 200, body: '{"success":true,"status":"active"', times: 2 },
    { status: 200, body: "{}", times: 2 },
    { status: 401, body: '{"detail":"Invalid token"}', times: 2 },
    { status: 404, body: "<h1>not found</h1>", headers: { "content-type": "text/html" }, times: 2 },
    { status: 302, headers: { location: "/elsewhere" }, times: 2 },
    { status: 429, headers: { "retry-after": "1" }, times: 1 },
  ];
  const held = [];
  const script = [];
  for (let at = 0; at < 500; at += 1) {
    const id = newId();
    const kind = Object.keys(kinds)[at % 5];
    const fault = at % 3 === 0 ? faults[(at / 3) % faults.length] : null;
    held.push({ id, kind, fault });
    if (fault !== null) script.push({ match: { path_prefix: `/v1/credential/${id}/` }, ...fault });
  }
  for (let at = 0; at < held.length; at += 25) {
    await Promise.all(
      held
        .slice(at, at + 25)
        .filter(({ kind }) => kind !== "missing")
        .map(({ id, kind }) =>
          steer.putCredential(id, {
            status: kind,
            issued_on: "2026-01-15T10:00:00Z",
            valid_until: null,
            privacy: "public",
            document_url: linkTo(id),
          }),
        ),
    );
  }
  for (let at = 0; at < script.length; at += 50) await steer.script(null, ...script.slice(at, at + 50));

  await page.enterList(held.map(({ id }) => linkTo(id)).join("\n"));
  await browser.run(
    `window.slow = 0;
     let last = performance.now();
     const look = () => { const now = performance.now(); window.slow = Math.max(window.slow, now - last); last = now;
       window.watching = setTimeout(look, 10); };
     look();`,
  );
  const started = Date.now();
  await page.click("#list-start");
  const now = await page.listEnd(180_000);
  const took = Date.now() - started;
  const longest = await browser.run("clearTimeout(window.watching); return Math.round(window.slow)");
  assert.equal(now.run, "done");
  assert.equal(now.rows.length, 500);
  const unchecked = [];
  for (const { number, outcome, verdict, reason } of now.rows) {
    const { kind, fault } = held[number - 1];
    if (outcome === "could_not_check") {
      assert.ok(fault !== null, `row ${number} had no fault, and says ${reason}`);
      assert.equal(verdict, "indeterminate");
      assert.notEqual(reason, "");
      unchecked.push(number);
    } else {
      assert.deepEqual([outcome, verdict], kinds[kind], `row ${number}, ${JSON.stringify(fault)}`);
    }
  }
  // All that fail for good, but those refused once, which the Worker or the list asks about again.
  assert.ok(unchecked.length >= 100 && unchecked.length <= script.length, `${unchecked.length} not checked`);
  assert.equal(now.again, `Retry unchecked (${unchecked.length})`);
  assert.ok(longest < 1000, `the page stood still for ${longest} ms`);

  // The faults are over: what was open is asked about again, and nothing else.
  await steer.clearScript();
  door.questions = [];
  await page.click("#list-again");
  const then = await page.listEnd(120_000);
  assert.equal(door.questions.length, unchecked.length);
  for (const { number, outcome, verdict } of then.rows) {
    assert.deepEqual([outcome, verdict], kinds[held[number - 1].kind], `row ${number}`);
  }
  process.stdout.write(
    `500 rows in ${took} ms, ${unchecked.length} open, longest rest of the page ${longest} ms\n`,
  );
  await assertQuiet();
});
