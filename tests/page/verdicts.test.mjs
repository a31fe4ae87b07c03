/**
 * Every sample of the sandbox on the verify page, picked as a visitor picks it: what is shown, said and focused, that
 * axe finds no barrier in light and dark, and that the page keeps to its policy. With SCREENSHOTS=<folder> it also
 * takes pictures.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { assertAccessible } from "../support/axe.mjs";
import { browserName, startBrowser } from "../support/browser.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control } from "../support/sandbox-control.mjs";
import { checkIds, expected, secretAddresses } from "../support/verdicts.mjs";
import { verifyPage } from "../support/verify-page.mjs";
import { verifications } from "../support/worker-log.mjs";

const texts = JSON.parse(readFileSync(new URL("../../www/public/messages/en.json", import.meta.url), "utf8"));
const pictures = process.env.SCREENSHOTS;

const tones = {
  valid: "verified",
  expired: "caution",
  suspended: "alarm",
  revoked: "alarm",
  unpublished: "caution",
  not_yet_valid: "caution",
  not_found_in_account: "neutral",
  untrusted_host: "alarm",
  malformed_input: "caution",
  recipient_mismatch: "caution",
  indeterminate: "neutral",
};

/** What the samples that show a credential say of it. */
const compared = {
  valid: [/Łucja Żółkiewska/, /DemoValid0{22}1/, /Does not expire|\d{4}/],
  valid_private: [/Name withheld: this credential is not public/, /DemoValidPrivate0{15}2/],
  expired: [/Nguyễn Thị Ánh/],
  suspended: [/João Gonçalves/, /Does not expire/],
  revoked: [/Zoë van der Berg/],
  not_yet_valid: [/山田 花子/],
  recipient_mismatch: [/Łucja Żółkiewska/],
};

let sandbox;
let worker;
let browser;
let page;
let samples;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  samples = await control(sandbox).samples();
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(samples),
      HYPERSTACK_ISSUER_LABEL: "Acme Academy",
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
  browser = await startBrowser();
  page = verifyPage(browser, `${worker.url}/`);
  if (pictures) mkdirSync(pictures, { recursive: true });
});

after(async () => {
  await browser?.stop();
  await worker?.stop();
  await sandbox?.stop();
  if (process.env.UPDATE_SNAPSHOTS) writeFileSync(paperFile, `${JSON.stringify(onPaper, null, 2)}\n`);
});

/** What a browser may say of a fault that the Worker answers with a status of its own. */
const faultStatus = /log SEVERE: .*\/api\/verify - Failed to load resource: .* status of 502/;

/** What is printed of each verdict; UPDATE_SNAPSHOTS=1 writes it anew, to be read before it is kept. */
const paperFile = new URL("print.json", import.meta.url);
const onPaper = JSON.parse(readFileSync(paperFile, "utf8"));

/** axe has the browser look at images again, which both may do from their caches. */
const isNoImage = (request) => !request.endsWith(".svg");

async function takePictures(name) {
  if (!pictures) return;
  for (const [kind, width, height, scheme] of [
    ["desktop-light", 1280, 900, "light"],
    ["phone-dark", 390, 844, "dark"],
  ]) {
    await browser.setViewport(width, height);
    await browser.setMedia({ scheme });
    await browser.screenshot(join(pictures, `${browserName}-${name}-${kind}.png`));
  }
  await browser.setViewport(null);
  await browser.setMedia();
}

/** By all rules in light; in dark the colours again. */
async function assertNoBarriers(what) {
  await assertAccessible(browser, what);
  await browser.setMedia({ scheme: "dark" });
  await assertAccessible(browser, `${what}, dark`, ["color-contrast"]);
  await browser.setMedia();
}

/** Where the colours are taken away, the verdict still has its frame, its icon and its words. */
async function assertSeenWithFewColours() {
  await browser.setMedia({ forced: true });
  const [active, border, icon, text, ground] = await browser.run(
    `const style = (selector) => getComputedStyle(document.querySelector(selector));
     return [matchMedia("(forced-colors: active)").matches, style(".verdict-card").borderTopStyle,
       style(".verdict-icon .icon").stroke, style("#verdict-title").color, style("body").backgroundColor];`,
  );
  assert.ok(active && border === "solid", border);
  assert.notEqual(icon, ground);
  assert.notEqual(text, ground);
  await assertAccessible(browser, "forced colours", ["color-contrast"]);
  await browser.setMedia();
}

test("starts with title, banner, samples and an empty status region, and sends nothing", async () => {
  await page.open();
  const now = await page.look();
  assert.equal(now.title, texts["page.title"]);
  assert.equal(now.statusRole, "status");
  assert.equal(now.status, "");
  assert.equal(now.verdict, null);
  assert.equal(now.fieldError, null);
  const asked = browser.requests();
  assert.ok(
    asked.length > 0 && asked.every((request) => request.startsWith(`GET ${worker.url}/`)),
    asked.join(),
  );
  assert.equal(
    await browser.run("return getComputedStyle(document.getElementById('sandbox-banner')).display"),
    "block",
  );
  assert.deepEqual(
    (
      await browser.run("return [...document.querySelectorAll('[data-sample]')].map((b) => b.dataset.sample)")
    ).sort(),
    Object.keys(expected).sort(),
  );
  assert.equal(
    await browser.run("return document.getElementById('issuer-label').textContent"),
    "for Acme Academy",
  );
  assert.deepEqual(await browser.complaints(), []);
  await assertNoBarriers("the start");
  assert.deepEqual(await page.tooWide(), [], "320 px");
  await takePictures("start");
});

describe("samples", () => {
  afterEach(() => browser.setMedia());

  for (const [name, want] of Object.entries(expected)) {
    test(name, async () => {
      const { input } = samples.find((sample) => sample.name === name);
      await page.open();
      browser.requests();
      const asked = verifications(worker);
      const since = Date.now();
      await page.click(`[data-sample="${name}"]`);
      const now = await page.result();
      const until = Date.now();

      assert.deepEqual(
        [now.outcome, now.verdict, now.reason],
        [want.outcome, want.verdict, want.reason ?? ""],
      );
      assert.equal(now.tone, tones[want.verdict]);
      assert.equal(now.heading, texts[`verdict.${want.verdict}.title`]);
      assert.ok(
        now.meaning.includes(texts[`verdict.${want.verdict}.meaning`].replaceAll("{issuer}", "Acme Academy")),
        now.meaning,
      );
      assert.equal(
        now.parts.limits,
        texts[`verdict.${want.verdict}.limits`].replaceAll("{issuer}", "Acme Academy"),
      );
      assert.equal(now.title, texts["page.title_result"].replace("{verdict}", now.heading));
      assert.equal(now.status, texts["status.result"].replace("{verdict}", now.heading));
      assert.equal(now.focus, "verdict-title");
      assert.equal(now.busy, "false");
      assert.equal(now.progress, false);

      assert.deepEqual(
        // Those that were not reached come last.
        now.checks.map(({ id, state }) => `${id} ${state}`).sort(),
        checkIds.map((id, at) => `${id} ${want.states[at]}`).sort(),
      );
      for (const { id, state, code, text } of now.checks) {
        assert.ok(text.includes(texts[`check.${id}`]), `${id}: ${text}`);
        // Those that were not reached share a line.
        if (code !== "not_reached") assert.ok(text.includes(texts[`state.${state}`]), `${id}: ${text}`);
      }
      for (const [id, code] of Object.entries(want.codes)) {
        assert.equal(now.checks.find((check) => check.id === id).code, code);
      }
      // What LinkedIn is told is filled in from the result; of any other verdict nothing is offered.
      const linkedIn = await browser.run(
        "return document.querySelector('[data-export=linkedin]')?.href ?? null",
      );
      assert.equal(linkedIn !== null, want.outcome === "verified", linkedIn);
      if (linkedIn !== null) {
        const form = new URL(linkedIn);
        assert.equal(form.host, "www.linkedin.com");
        assert.equal(form.searchParams.get("organizationName"), "Acme Academy");
        assert.equal(form.searchParams.get("certId"), input.split("/").at(-1));
      }

      // Green ticks stand under "verified" only.
      const passed = want.states.filter((state) => state === "pass").length;
      assert.equal(now.ticks, want.outcome === "verified" ? passed + 1 : 0);

      // The time of the check, twice: the reader's zone and UTC.
      assert.equal(now.times.length, 2);
      assert.equal(now.times[0].iso, now.times[1].iso);
      const at = Date.parse(now.times[0].iso);
      assert.ok(at >= since - 1000 && at <= until + 1000, `${now.times[0].iso}`);
      assert.match(now.times[1].text, /UTC/);

      assert.equal(now.compare !== null, want.comparable === true);
      for (const pattern of compared[name] ?? []) assert.match(now.compare, pattern);
      assert.deepEqual(now.withheld, want.withheld);
      for (const field of want.withheld) assert.ok(now.text.includes(texts[`withheld.${field}`]), field);
      assert.doesNotMatch(now.source, secretAddresses);
      if (name === "valid_private") assert.doesNotMatch(now.source, /Siobhán|Gaillimh/);
      if (name === "unpublished") assert.doesNotMatch(now.source, /Ayşe|Climate/);

      // A text that is no trusted link is judged here: the Worker hears nothing of it.
      const local = ["untrusted_host", "malformed_input"].includes(name);
      const wanted = local ? [] : [`POST ${worker.url}/api/verify`];
      // The result says it, not the folded form.
      assert.deepEqual([now.folded, now.fieldError, now.invalid], [true, null, null]);

      // The address repeats the check, but never holds the name.
      assert.equal(now.hash, `#verify=${encodeURIComponent(input)}`);
      assert.doesNotMatch(decodeURIComponent(now.address), /Marta|Nowak/);
      assert.equal(now.name, name === "recipient_mismatch" ? "Marta Nowak" : "");
      assert.equal(now.retry !== null, name === "indeterminate");

      const complaints = await browser.complaints();
      assert.deepEqual(
        complaints.filter((text) => name !== "indeterminate" || !faultStatus.test(text)),
        [],
      );
      await assertNoBarriers(name);
      await assertSeenWithFewColours();
      assert.deepEqual(await page.tooWide(), [], "320 px");
      const printed = await page.onPaper();
      if (process.env.UPDATE_SNAPSHOTS) onPaper[name] = printed;
      assert.deepEqual(printed, onPaper[name]);
      assert.deepEqual(await browser.complaints(), [], "looking at it changes nothing");
      assert.deepEqual(browser.requests().filter(isNoImage), wanted);
      assert.equal(verifications(worker) - asked, wanted.length);
      await takePictures(name);
    });
  }
});
