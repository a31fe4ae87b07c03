/**
 * The verify page in its other languages, from right to left among them, and where a part of it is missing: the
 * script, the script's consent, the verifier.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { assertAccessible } from "../support/axe.mjs";
import { browserName, startBrowser, until } from "../support/browser.mjs";
import { failedStatus, missingScript, wrongHash } from "../support/complaints.mjs";
import { openFrontDoor } from "../support/front-door.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control, linkTo } from "../support/sandbox-control.mjs";
import { expected } from "../support/verdicts.mjs";
import { verifyPage } from "../support/verify-page.mjs";

const catalogue = (code) =>
  JSON.parse(readFileSync(new URL(`../../www/public/messages/${code}.json`, import.meta.url), "utf8"));
const [en, de, ar] = ["en", "de", "ar"].map(catalogue);
const pictures = process.env.SCREENSHOTS;

let sandbox;
let steer;
let worker;
let door;
let browser;
let page;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  steer = control(sandbox);
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(await steer.samples()),
      HYPERSTACK_ISSUER_LABEL: "Acme (Berlin) 24",
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
});

beforeEach(() => {
  door.verify = async () => null;
  door.missing = [];
});

const frame = () =>
  browser.run(
    `const { lang, dir } = document.documentElement;
     return { lang, dir, title: document.title, heading: document.querySelector("h1").textContent,
       current: [...document.querySelectorAll("[data-language][aria-current]")].map((link) => link.dataset.language),
       search: location.search, stored: localStorage.length + sessionStorage.length + document.cookie.length };`,
  );

async function takePicture(name) {
  if (!pictures) return;
  for (const [kind, width, height] of [
    ["desktop", 1280, 900],
    ["phone", 390, 844],
  ]) {
    await browser.setViewport(width, height);
    await browser.screenshot(join(pictures, `${browserName}-${name}-${kind}.png`));
  }
  await browser.setViewport(null);
}

/** Texts that stand in English where another language is spoken. */
const leftInEnglish = (texts) =>
  browser.run(
    `const [english, spoken] = arguments;
     const words = new Set(Object.keys(english).filter((key) => english[key] !== spoken[key]).map((key) => english[key]));
     const found = [];
     const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
     for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
       if (words.has(node.data.trim())) found.push(node.data.trim());
     }
     return found;`,
    en,
    texts,
  );

describe("languages", () => {
  test("follows ?lang=, then the browser's languages, then English", async () => {
    for (const [search, lang] of [
      ["", "en"],
      ["?lang=de", "de"],
      ["?lang=DE-at", "de"],
      ["?lang=ar", "ar"],
      ["?lang=tlh", "en"],
      ["?lang=__proto__", "en"],
    ]) {
      await page.open(search);
      const now = await frame();
      assert.deepEqual(
        [now.lang, now.dir, now.current],
        [lang, lang === "ar" ? "rtl" : "ltr", [lang]],
        search,
      );
      assert.equal(now.heading, catalogue(lang)["page.title"]);
      assert.equal(now.stored, 0);
    }
    assert.deepEqual(await browser.complaints(), []);
  });

  test("switches in place: keeps the result, and the address has the language", async () => {
    await page.open();
    await page.click('[data-sample="revoked"]');
    const before = await page.result("revoked");
    await page.click('[data-language="de"]');
    await until("German", async () => (await frame()).lang === "de");
    const now = await page.look();
    assert.equal(now.heading, de["verdict.revoked.title"]);
    assert.equal(now.hash, before.hash);
    assert.deepEqual(
      now.checks.map(({ state }) => state),
      before.checks.map(({ state }) => state),
    );
    assert.equal((await frame()).search, "?lang=de");
    assert.match(now.compare, /Ausgestellt am/);
    assert.match(now.times[1].text, /^\d{1,2}\.\d{1,2}\.\d{4}/);
    assert.deepEqual(await leftInEnglish(de), []);
    await browser.driver.navigate().refresh();
    assert.equal((await page.result("revoked")).heading, de["verdict.revoked.title"]);
    // Whoever the link is given to reads it in a language of their own.
    const passedOn = await browser.run("return document.querySelector('.print-only bdi').textContent");
    assert.ok(!passedOn.includes("lang="), passedOn);
    await assertAccessible(browser, "German");
    assert.deepEqual(await browser.complaints(), []);
  });

  test("keeps a list, too", async () => {
    await page.open("#list");
    await page.enterList(`${linkTo(await steer.newCredential())}\nhttp://x.example/credential/y`);
    await page.click("#list-start");
    await page.listEnd();
    await page.click('[data-language="ar"]');
    await until("Arabic", async () => (await frame()).lang === "ar");
    const now = await page.list();
    assert.deepEqual(
      now.rows.map(({ verdict }) => verdict),
      ["valid", "malformed_input"],
    );
    assert.ok(now.rows[0].text.includes(ar["verdict.valid.title"]), now.rows[0].text);
    assert.deepEqual(await leftInEnglish(ar), []);
    await assertAccessible(browser, "a list in Arabic");
    assert.deepEqual(await page.tooWide(), []);
    await takePicture("list-ar");
  });

  test("keeps its language if another cannot be loaded", async () => {
    await page.open();
    for (const missing of ["/messages/de.json"]) {
      door.missing = [missing];
      await page.click('[data-language="de"]');
      await new Promise((resolve) => setTimeout(resolve, 300));
      const now = await frame();
      assert.deepEqual([now.lang, now.heading], ["en", en["page.title"]]);
    }
    await browser.provoked(failedStatus("/messages/de.json", 404));
  });
});

describe("is laid out from right to left", () => {
  // One of each look and layout: the words of all verdicts are held by tests/node/page-texts.test.mjs.
  for (const name of ["valid", "valid_private", "revoked", "untrusted_host", "indeterminate"]) {
    test(name, async () => {
      const { verdict } = expected[name];
      await page.open("?lang=ar");
      await page.click(`[data-sample="${name}"]`);
      const now = await page.result(verdict);
      assert.equal(now.heading, ar[`verdict.${verdict}.title`]);
      assert.deepEqual(await leftInEnglish(ar), []);
      await assertAccessible(browser, `${name} in Arabic`);
      assert.deepEqual(await page.tooWide(), []);
      // Mirrored: the mark of the verdict stands at the right, ids and links run from left to right.
      const [icon, title, codes, names] = await browser.run(
        `const left = (selector) => document.querySelector(selector).getBoundingClientRect().left;
         return [left(".verdict-icon"), left("#verdict-title"),
           [...document.querySelectorAll(".foreign-code")].map((code) => getComputedStyle(code).direction),
           [...document.querySelectorAll("#subject .foreign:not(.foreign-code)")].map((name) =>
             [name.localName, name.dir, getComputedStyle(name).unicodeBidi])];`,
      );
      assert.ok(icon > title, `${icon} and ${title}`);
      assert.ok(codes.length > 0 && codes.every((direction) => direction === "ltr"), codes.join());
      for (const [tag, direction, isolation] of names) {
        assert.deepEqual([tag, direction], ["bdi", "auto"]);
        assert.match(isolation, /isolate/);
      }
      if (["valid", "indeterminate"].includes(name)) await takePicture(`${name}-ar`);
      if (verdict === "indeterminate") await browser.provoked(failedStatus("/api/verify", 502));
      else assert.deepEqual(await browser.complaints(), []);
    });
  }

  test("an issuer's name in another script cannot reorder its sentence", async () => {
    await page.open("?lang=ar");
    const label = await browser.run("return document.getElementById('issuer-label').textContent");
    assert.ok(label.includes("\u2068Acme (Berlin) 24\u2069"), label);
  });
});

describe("a part is missing", () => {
  const openAnyway = async (fragment = "") => {
    await browser.driver.get("about:blank");
    await browser.driver.get(`${door.url}/${fragment}`);
  };
  const shown = (selector) =>
    browser.run(
      "return [...document.querySelectorAll(arguments[0])].filter((part) => part.checkVisibility({ visibilityProperty: true })).map((part) => part.textContent.trim())",
      selector,
    );

  test("says after some seconds that the script is missing, not before", async () => {
    door.missing = ["/app.js"];
    await openAnyway();
    assert.deepEqual(await shown(".notice"), []);
    await until("the notice", async () => (await shown(".notice")).length > 0, 8000);
    assert.deepEqual(await shown(".notice"), [en["page.not_started"]]);
    await assertAccessible(browser, "a page without its script");
    door.missing = [];
    await page.open();
    assert.deepEqual(await shown(".notice"), []);
    await browser.provoked(missingScript("/app.js"));
  });

  test("says at once that the wasm is missing, for a list and a single link", async () => {
    for (const fragment of ["", "#list"]) {
      door.missing = ["/hyperstack_verifier_bg.wasm"];
      await openAnyway(fragment);
      await until("the notice", async () => (await shown("#verifier-notice")).length > 0);
      assert.deepEqual(await shown("#verifier-notice"), [en["page.verifier_missing"]]);
      await assertAccessible(browser, "a page without its verifier");
    }
    const now = await page.enterList(linkTo("A".repeat(32)));
    assert.equal(now.error, `Problem: ${en["page.verifier_missing"]}`);
    assert.equal(now.rows.length, 0);
    door.missing = [];
    const then = await page.enterList(linkTo("A".repeat(32)));
    assert.deepEqual([then.error, then.rows.length], [null, 1]);
    // One for each page, and for the list that was started.
    await browser.provoked(wrongHash(3));
  });

  test("says what to do without JavaScript, and offers nothing that does not work", async (context) => {
    if (browserName === "firefox") return context.skip("WebDriver cannot run Firefox without JavaScript");
    await browser.driver.sendDevToolsCommand("Emulation.setScriptExecutionDisabled", { value: true });
    try {
      await openAnyway();
      assert.deepEqual(await shown(".notice"), [en["page.no_script"]]);
      assert.deepEqual(await shown("form, .modes, #list"), []);
    } finally {
      await browser.driver.sendDevToolsCommand("Emulation.setScriptExecutionDisabled", { value: false });
    }
    assert.deepEqual(await browser.complaints(), []);
  });
});
