/**
 * The result as somebody sees it who opens a link: the verdict, whose credential it is and what for on the first screen, few
 * words before anything is unfolded, no sentence twice, and one page of paper.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { inflateSync } from "node:zlib";
import { Key } from "selenium-webdriver";
import { assertAccessible } from "../support/axe.mjs";
import { browserName, startBrowser, until } from "../support/browser.mjs";
import { openFrontDoor } from "../support/front-door.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control } from "../support/sandbox-control.mjs";
import { expected } from "../support/verdicts.mjs";
import { verifyPage } from "../support/verify-page.mjs";

const texts = JSON.parse(readFileSync(new URL("../../www/public/messages/en.json", import.meta.url), "utf8"));
const pictures = process.env.SCREENSHOTS;
const mostWords = 150;
const viewports = [
  ["small-phone", 320, 568],
  ["phone", 375, 667],
  ["large-phone", 390, 844],
  ["desktop", 1366, 768],
];
/** What the samples say of whose credential it is and what for. */
const subjects = {
  valid: "Łucja Żółkiewska · Climate Data Analysis",
  valid_private: "Name withheld: this credential is not public · ",
  expired: "Nguyễn Thị Ánh · ",
  suspended: "João Gonçalves · ",
  revoked: "Zoë van der Berg · ",
  not_yet_valid: "山田 花子 · ",
  recipient_mismatch: "Łucja Żółkiewska · Climate Data Analysis",
  unpublished: "Name and title withheld: this credential is not published",
};

let sandbox;
let samples;
let browser;
const workers = {};
const pages = {};

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  samples = await control(sandbox).samples();
  for (const mode of ["sandbox", "live"]) {
    workers[mode] = await startWorker({
      vars: {
        HYPERSTACK_API_BASE: sandbox.url,
        HYPERSTACK_MODE: mode,
        HYPERSTACK_SAMPLES: JSON.stringify(samples),
        HYPERSTACK_ISSUER_LABEL: "Acme Academy",
        HYPERSTACK_ISSUER_URL: "https://www.acme.example/academy",
        HYPERSTACK_ISSUER_LOGO: mode === "sandbox" ? "/favicon.svg" : "/missing.png",
        HYPERSTACK_CONTACT_URL: mode === "sandbox" ? "mailto:help@acme.example" : "",
      },
      secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
    });
  }
  browser = await startBrowser({ watchNetwork: false });
  for (const mode of ["sandbox", "live"]) pages[mode] = verifyPage(browser, `${workers[mode].url}/`);
  if (pictures) mkdirSync(pictures, { recursive: true });
});

after(async () => {
  await browser?.stop();
  for (const worker of Object.values(workers)) await worker.stop();
  await sandbox?.stop();
});

afterEach(async () => {
  await browser.setViewport(null);
  await browser.setMedia();
});

/** Opens the page by the link of a sample; a name cannot be in a link, so it is entered. */
async function openSample(name, mode = "sandbox") {
  const { input, recipient_name: recipientName = null } = samples.find((sample) => sample.name === name);
  await browser.driver.get("about:blank");
  if (recipientName === null) {
    await browser.driver.get(`${workers[mode].url}/#verify=${encodeURIComponent(input)}`);
    return pages[mode].result();
  }
  await pages[mode].open();
  return pages[mode].verify(input, recipientName);
}

/** Where an element is in the window, and how far the page is scrolled. */
const placeOf = (selector) =>
  browser.run(
    `const { top, bottom, left, right } = document.querySelector(arguments[0]).getBoundingClientRect();
     return { top, bottom, left, right, height: innerHeight, width: document.documentElement.clientWidth, scrolled: scrollY };`,
    selector,
  );

async function assertOnFirstScreen(what) {
  for (const selector of [".verdict-icon", "#verdict-title", "#subject"]) {
    const place = await placeOf(selector);
    assert.equal(place.scrolled, 0, what);
    const inside =
      place.top >= 0 && place.bottom <= place.height && place.left >= 0 && place.right <= place.width;
    assert.ok(inside, `${what}: ${selector} is at ${JSON.stringify(place)}`);
  }
}

/** Sentences that occur more than once on the page, folded parts included. */
const repeated = () =>
  browser.run(
    `const inline = (element) => getComputedStyle(element).display.startsWith("inline") || element.localName === "bdi";
     const blocks = new Map();
     const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
     for (const fold of document.querySelectorAll("#result details")) fold.open = true;
     for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
       if (!node.parentElement.checkVisibility() || node.parentElement.closest("#samples, time, [aria-hidden=true]")) continue;
       let block = node.parentElement;
       while (inline(block)) block = block.parentElement;
       blocks.set(block, (blocks.get(block) ?? "") + node.data);
     }
     const sentences = [...blocks.values()].flatMap((text) => text.split(/(?<=[.!?:])\\s+/))
       .map((text) => text.replace(/\\s+/g, " ").trim()).filter((text) => text.split(" ").length > 2);
     for (const fold of document.querySelectorAll("#result details")) fold.open = false;
     return sentences.filter((text, at) => sentences.indexOf(text) !== at);`,
  );

/** The pages of the printed result, on A4. */
async function printedPages() {
  const paper = Buffer.from(await browser.driver.printPage({ width: 21, height: 29.7 }), "base64");
  const text = paper.toString("latin1");
  assert.ok(text.startsWith("%PDF"));
  // Firefox compresses the objects of the file.
  const objects = [...text.matchAll(/stream\r?\n([\s\S]*?)endstream/g)].map(([, data]) => {
    try {
      return inflateSync(Buffer.from(data, "latin1")).toString("latin1");
    } catch {
      return "";
    }
  });
  return [text, ...objects].join("\n").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
}

for (const [name, want] of Object.entries(expected)) {
  test(`${name}: on the first screen, in few words, once, on one page of paper`, async () => {
    for (const mode of ["sandbox", "live"]) {
      // Names are not compared by a live service unless its settings say so.
      if (mode === "live" && name === "recipient_mismatch") continue;
      await browser.setViewport(375, 667);
      const now = await openSample(name, mode);
      assert.equal(now.verdict, want.verdict);
      assert.ok(now.folded, "the form is folded");
      assert.equal(now.focus, "verdict-title");
      assert.match(now.status, /^Result: /);
      assert.ok(now.words <= mostWords, `${now.words} words`);
      const { input } = samples.find((sample) => sample.name === name);
      assert.ok(now.subject.startsWith(subjects[name] ?? input.slice(0, 20)), now.subject);
      for (const [kind, width, height] of viewports) {
        await browser.setViewport(width, height);
        await assertOnFirstScreen(`${name}, ${mode}, ${width} × ${height}`);
        if (pictures && mode === "sandbox" && kind !== "large-phone") {
          for (const scheme of ["light", "dark"]) {
            await browser.setMedia({ scheme });
            const file = `${browserName}-result-${name}-${kind}-${scheme}.png`;
            await browser.screenshot(join(pictures, file), kind === "desktop" ? "document" : "viewport");
          }
          await browser.setMedia();
        }
      }
      assert.equal(
        await browser.run("return document.querySelectorAll('h1:not([hidden])').length > 0"),
        true,
      );
    }
    await browser.setViewport(375, 667);
    await openSample(name);
    assert.deepEqual(await repeated(), []);
    await assertAccessible(browser, name);
    await browser.run("for (const fold of document.querySelectorAll('#result details')) fold.open = true;");
    await assertAccessible(browser, `${name}, unfolded`);
    await browser.run("for (const fold of document.querySelectorAll('#result details')) fold.open = false;");
    await browser.setViewport(null);
    assert.equal(await printedPages(), 1);
    await browser.setMedia({ forced: true });
    await assertAccessible(browser, `${name}, forced colours`, ["color-contrast"]);
    await browser.setMedia();
    // What the browser says of a service's fault or of a missing logo.
    await browser.complaints();
  });
}

describe("the issuer", () => {
  const issuer = () =>
    browser.run(
      `const link = document.querySelector("#facts .issuer-site");
       const logo = document.querySelector("#facts .issuer-logo");
       return { text: document.querySelector("#facts .issuer").textContent, href: link.href, rel: link.rel,
         logo: logo === null ? null : [logo.getAttribute("src"), logo.naturalWidth > 0, logo.alt] };`,
    );

  test("is named with its web site and its logo, under the policy as it is", async () => {
    await browser.complaints();
    await openSample("valid");
    await until("the logo to load", async () => (await issuer()).logo?.[1]);
    assert.deepEqual(await issuer(), {
      text: "Acme Academy www.acme.example",
      href: "https://www.acme.example/academy",
      rel: "noopener noreferrer",
      logo: ["/favicon.svg", true, ""],
    });
    assert.deepEqual(await browser.complaints(), []);
  });

  test("is named without a logo that is missing", async () => {
    await openSample("valid", "live");
    await until("the missing logo to be removed", async () => (await issuer()).logo === null);
    await browser.complaints();
  });
});

describe("with the keyboard alone", () => {
  const focus = () =>
    browser.run(
      "const { id, localName, parentElement } = document.activeElement; return id || (localName === 'summary' ? parentElement.id : localName);",
    );

  test("reads on from the verdict, unfolds the checks, and checks another", async () => {
    await openSample("revoked");
    const order = [];
    for (let count = 0; count < 12 && order.at(-1) !== "check-another"; count += 1) {
      await browser.keys(Key.TAB);
      order.push(await focus());
      if (order.at(-1) === "checks") {
        await browser.keys(Key.ENTER);
        assert.equal(await browser.run("return document.getElementById('checks').open"), true);
      }
    }
    assert.deepEqual(order, ["a", "copy-button", "print-button", "details", "checks", "check-another"]);
    await browser.keys(Key.ENTER);
    const now = await pages.sandbox.look();
    assert.deepEqual(
      [now.verdict, now.folded, now.focus, now.link, now.hash],
      [null, false, "credential-url", "", ""],
    );
    await browser.driver.navigate().back();
    assert.equal((await pages.sandbox.result("revoked")).focus, "verdict-title");
  });
});

describe("trust", () => {
  const head = () =>
    browser.run(
      `const of = (selector) => document.querySelector(selector)?.content ?? null;
       return { title: document.title, ogTitle: of('meta[property="og:title"]'), description: of('meta[property="og:description"]'),
         robots: of('meta[name="robots"]') };`,
    );

  test("a result is not for search engines, and previews hold nothing of it", async () => {
    await pages.sandbox.open();
    assert.deepEqual(await head(), {
      title: texts["page.title"],
      ogTitle: texts["page.title"],
      description: texts["page.description"],
      robots: null,
    });
    await openSample("revoked");
    const now = await head();
    assert.deepEqual(
      [now.title, now.ogTitle, now.robots],
      ["Revoked · Verify a credential", texts["page.title"], "noindex"],
    );
    assert.doesNotMatch(JSON.stringify(now), /Zoë|Climate/);
    await browser.driver.findElement({ id: "check-another" }).click();
    assert.equal((await head()).robots, null);
  });

  test("says whose credentials it checks, how to reach the issuer, how it works, what was asked and when", async () => {
    await openSample("revoked");
    const [service, href, how] = await browser.run(
      `const text = (id) => document.getElementById(id).textContent.replace(/\\s+/g, " ").trim();
       document.getElementById("how").open = true;
       return [text("trust-service"), document.getElementById("trust-link").href, document.getElementById("how").innerText];`,
    );
    assert.equal(
      service,
      "This service checks credentials of Acme Academy. Contact the issuer: www.acme.example",
    );
    assert.equal(href, "https://www.acme.example/academy");
    for (const key of ["trust.local", "trust.account", "trust.checks", "trust.stored"]) {
      assert.ok(how.includes(texts[key]), key);
    }
    await assertAccessible(browser, "how verification works");
    const details = await browser.run("return document.getElementById('details').textContent");
    assert.match(details, /Contact for this service\s*help@acme\.example/);
    assert.equal(
      await browser.run("return document.getElementById('contact-link').href"),
      "mailto:help@acme.example",
    );
    assert.match(details, /Source\s*The Hyperstack account of Acme Academy.*Checked \(UTC\)/);
  });
});

/** The page where the service does not do what it should, by pictures and axe; the texts are in other tests. */
describe("states", () => {
  let door;
  let page;
  before(async () => {
    door = await openFrontDoor(workers.sandbox);
    page = verifyPage(browser, `${door.url}/`);
  });
  after(() => door?.stop());

  const picture = async (name) => {
    for (const [kind, width, height] of viewports) {
      await browser.setViewport(width, height);
      await assertOnFirstScreen(`${name}, ${width} × ${height}`);
      if (!pictures || kind === "large-phone") continue;
      await browser.screenshot(join(pictures, `${browserName}-state-${name}-${kind}.png`), "viewport");
    }
    // From a viewport wider than its window, Firefox never comes back to the window's.
    await browser.setViewport(375, 667);
    await assertAccessible(browser, name);
    await browser.complaints();
  };
  const valid = () => samples.find(({ name }) => name === "valid").input;

  test("rate-limited: one countdown", async () => {
    await page.open();
    door.verify = () => ({
      status: 429,
      headers: { "content-type": "application/problem+json", "retry-after": "40" },
      body: { title: "Too many requests", status: 429, code: "too_many_requests" },
    });
    const now = await page.verify(valid());
    assert.deepEqual([now.verdict, now.reason], ["indeterminate", "rate_limited"]);
    assert.match(now.retry, /^Try again in \d+ s$/);
    assert.equal(now.text.match(/\d+ s/g).length, 1);
    await picture("rate-limited");
  });

  test("offline: says so, and checks again when asked", async () => {
    await page.open();
    door.verify = () => "cut";
    await browser.run(
      "Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => window.online === true });",
    );
    const now = await page.verify(valid());
    assert.deepEqual([now.reason, now.parts.why], ["network", texts["result.offline"]]);
    await picture("offline");
    door.verify = async () => null;
    await page.click("#retry-button");
    assert.equal((await page.result("valid")).outcome, "verified");
  });

  test("service down: says that it is not the credential", async () => {
    await page.open();
    door.verify = () => ({
      status: 503,
      headers: { "content-type": "application/problem+json" },
      body: { title: "Down", status: 503, code: "internal" },
    });
    const now = await page.verify(valid());
    assert.deepEqual([now.verdict, now.reason, now.tone], ["indeterminate", "upstream_5xx", "neutral"]);
    assert.equal(now.parts.why, texts["reason.upstream_5xx"]);
    await picture("service-down");
  });

  test("slow: says so under the same heading, and shows the result when it comes", async () => {
    await page.open();
    let release;
    door.verify = async () => {
      await new Promise((resolve) => {
        release = resolve;
      });
      return null;
    };
    await browser.driver.get("about:blank");
    await browser.driver.get(`${door.url}/#verify=${encodeURIComponent(valid())}`);
    await until("the word", async () => (await page.look()).progressText === texts["progress.slow"]);
    if (pictures) {
      await browser.setViewport(375, 667);
      await browser.screenshot(join(pictures, `${browserName}-state-slow-phone.png`), "viewport");
    }
    await assertAccessible(browser, "slow");
    release();
    assert.equal((await page.result("valid")).outcome, "verified");
    await browser.complaints();
  });
});

test("the checks of a valid credential are counted in the fold, and it has thirteen", async () => {
  const now = await openSample("valid");
  const [summary, open] = await browser.run(
    "const fold = document.getElementById('checks'); return [fold.querySelector('summary').textContent, fold.open];",
  );
  assert.deepEqual([summary, open, now.checks.length], ["12 of 12 checks passed", false, 13]);
});

test("checks that were not reached share a line", async () => {
  const now = await openSample("untrusted_host");
  const line = await browser.run("return document.querySelector('.checks-others').textContent");
  const others = now.checks.filter(({ code }) => code === "not_reached");
  assert.ok(others.length > 5 && others.every(({ text }) => line.includes(text)), line);
});
