/**
 * The verify page in use: faulty input, deep links, the keyboard alone, narrow windows, dark screens and paper.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, describe, test } from "node:test";
import jsqr from "jsqr";
import { Key } from "selenium-webdriver";
import { assertAccessible } from "../support/axe.mjs";
import { startBrowser, until } from "../support/browser.mjs";
import { failedStatus } from "../support/complaints.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control, linkTo } from "../support/sandbox-control.mjs";
import { secretAddresses } from "../support/verdicts.mjs";
import { verifyPage } from "../support/verify-page.mjs";

const texts = JSON.parse(readFileSync(new URL("../../www/public/messages/en.json", import.meta.url), "utf8"));

// A CommonJS package whose function is its `default`.
const jsQR = jsqr.default ?? jsqr;

let sandbox;
let worker;
let browser;
let page;
let link;
let revoked;

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  const steer = control(sandbox);
  const samples = await steer.samples();
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(samples),
      HYPERSTACK_HOSTS: "hyperstack.id,certificates.acme.example",
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
  browser = await startBrowser();
  page = verifyPage(browser, `${worker.url}/`);
  link = linkTo(await steer.newCredential({ recipient_name: "Ada Lovelace" }));
  revoked = linkTo(await steer.newCredential({ status: "revoked" }));
});

after(async () => {
  await browser?.stop();
  await worker?.stop();
  await sandbox?.stop();
});

beforeEach(async () => {
  await page.open();
  browser.requests();
});

const asked = () => browser.requests().filter((request) => request.startsWith("POST"));

describe("a text that is not a credential link", () => {
  test("an empty field is reported at the field, without a verdict", async () => {
    await page.submit("  ");
    const now = await until("the field's error", async () => {
      const state = await page.look();
      return state.fieldError && state;
    });
    assert.match(now.fieldError, /^Problem: Enter the link of the credential\./);
    assert.equal(now.verdict, null);
    assert.equal(now.invalid, "true");
    assert.equal(now.focus, "credential-url");
    assert.equal(now.status, "There is a problem with the link.");
    await assertAccessible(browser, "an empty field");
    assert.deepEqual(asked(), []);
    assert.deepEqual(await browser.complaints(), []);
  });

  const id = "DemoValid00000000000000000000001";
  /** The text, the check that fails, its code. The page has a text of its own for each. */
  const table = [
    [`https://hyperstack.id/credential/${id} and more`, "input_parse", "whitespace_or_control"],
    [`https://hyperstack.id/credential/${"a".repeat(2100)}`, "input_parse", "too_long"],
    [`https://hyperstаck.id/credential/${id}`, "input_parse", "non_ascii"],
    [`https:\\\\hyperstack.id/credential/${id}`, "input_parse", "backslash"],
    [`hyperstack.id/credential/${id}`, "input_parse", "no_scheme"],
    ["my certificate", "input_parse", "whitespace_or_control"],
    ["certificate", "input_parse", "not_a_url"],
    [`http://hyperstack.id/credential/${id}`, "input_parse", "scheme_not_https"],
    [`https://hyperstack.id@evil.example/credential/${id}`, "input_parse", "userinfo"],
    [`https://hyperstack.id:8443/credential/${id}`, "input_parse", "port"],
    [`https://hyperstack%2eid/credential/${id}`, "input_parse", "encoded_host"],
    [`https://hyperstack.id/badge/${id}`, "input_parse", "path"],
    [`https://hyperstack.id/credential/${id}x`, "id_format", "id_format"],
    [`https://hyperstack.id.evil.example/credential/${id}`, "host_trusted", "untrusted_host"],
    ["<img src=x onerror=alert(1)>", "input_parse", "whitespace_or_control"],
  ];
  test("each fault is named at the field and in the result, and nothing is sent", async () => {
    for (const [text, check, code] of table) {
      const now = await page.verify(text);
      const failed = now.checks.filter(({ state }) => state === "fail");
      assert.deepEqual(
        failed.map((each) => [each.id, each.code]),
        [[check, code]],
        text,
      );
      assert.equal(now.checks.length, 13);
      assert.equal(now.verdict, check === "host_trusted" ? "untrusted_host" : "malformed_input");
      assert.equal(now.outcome, "not_verified");
      // Where a link is suggested, that is what to do.
      assert.equal(now.suggestion === null, now.text.includes(texts[`parse.${code}.todo`]), now.text);
      if (code !== "untrusted_host") assert.equal(now.parts.why, texts[`parse.${code}`]);
      assert.deepEqual([now.fieldError, now.invalid], [null, null]);
      assert.ok(now.text.includes("None. The problem is in the link itself, so nothing was sent."));
      assert.equal(now.ticks, 0);
      await page.click("#correct-button");
      const then = await page.look();
      assert.deepEqual([then.focus, then.verdict, then.link], ["credential-url", null, text]);
      assert.equal(then.fieldError, `Problem: ${texts[`parse.${code}`]} ${texts[`parse.${code}.todo`]}`);
      assert.equal(then.invalid, "true");
    }
    await assertAccessible(browser, "a faulty link");
    assert.deepEqual(asked(), []);
    assert.deepEqual(await browser.complaints(), []);
  });

  /** What is wrong with the text; the page offers the credential's link, or its id. */
  const corrected = (valid) => [
    ["no scheme", valid.replace("https://", ""), valid],
    ["http", valid.replace("https", "http"), valid],
    ["www", valid.replace("//", "//www."), valid],
    ["angle brackets", `<${valid}>`, valid],
    ["a full stop", `${valid}.`, valid],
    ["a bracket", `${valid})`, valid],
    ["words before it", `Certificate: ${valid}`, valid],
    ["an id with spaces", `${valid.slice(-32, -16)} ${valid.slice(-16)}`, valid.slice(-32)],
    [
      "Safe Links",
      `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(valid)}&data=05%7C01`,
      valid,
    ],
  ];
  test("offers the corrected link as a button, and sends nothing before", async () => {
    const numbered = "https://hyperstack.id/credential/DemoValid00000000000000000000001";
    for (const [what, text, wanted] of corrected(numbered)) {
      const now = await page.verify(text);
      assert.equal(now.outcome, "not_verified", what);
      assert.equal(now.suggestion, wanted, what);
      assert.deepEqual(asked(), [], what);
      const question = await browser.run("return document.querySelector('#suggestion p').textContent");
      assert.match(question, /^Did you mean this .*\?$/);
    }
    await assertAccessible(browser, "a suggestion");
    // Opened by link, with the keyboard.
    await page.open(`#verify=${encodeURIComponent(`<${numbered}>`)}`);
    await page.result("malformed_input");
    await browser.keys(Key.TAB);
    assert.equal((await page.look()).focus, "suggestion-button");
    await browser.keys(Key.ENTER);
    const then = await page.result("valid");
    assert.deepEqual([then.focus, then.suggestion, then.link], ["verdict-title", null, numbered]);
    assert.equal(then.hash, `#verify=${encodeURIComponent(numbered)}`);
    assert.equal(asked().length, 1);
    assert.equal((await page.verify(`http://evil.example/credential/${id}`)).suggestion, null);
    assert.deepEqual(await browser.complaints(), []);
  });

  test("the error disappears as soon as the text changes", async () => {
    await page.verify("certificate");
    await page.click("#correct-button");
    await browser.keys("s");
    const now = await page.look();
    assert.equal(now.fieldError, null);
    assert.equal(now.invalid, null);
  });

  test("a result disappears, also from the address and with its name, when another is to be checked", async () => {
    await page.verify(link, "Ada Lovelace");
    await page.click("#check-another");
    const now = await page.look();
    assert.deepEqual([now.verdict, now.text, now.status, now.hash], [null, "", "", ""]);
    assert.deepEqual([now.focus, now.link, now.name], ["credential-url", "", ""]);
    assert.equal(await browser.run("return document.title"), texts["page.title"]);
    await page.verify(link);
    assert.deepEqual(await browser.complaints(), []);
  });

  test("an e-mail address never gets into the page's address", async () => {
    for (const text of [
      "zoe@example.com",
      "mailto:zoe@example.com",
      "Zoë <zoe@example.com>",
      `https://hyperstack.id/credential/${id}x?to=zoe@example.com`,
      `https://hyperstack.id.evil.example/credential/${id}#zoe@example.com`,
      "https://hyperstack.id/credential/zoe@example.com",
      "https://hyperstack.id/credential/zoe%40example.com",
      "https://hyperstack.id/credential/zoe%2540example.com",
      "https://hyperstack.id/credential/zoe\uff20example.com",
      "https://hyperstack.id/credential/zoe(at)example.com",
      "https://hyperstack.id/credential/zoe&#64;example.com",
      `https://zoe@example.com@hyperstack.id/credential/${id}`,
      `https://zoe%40example.com:x@hyperstack.id/credential/${id}`,
    ]) {
      const now = await page.verify(text);
      assert.equal(now.outcome, "not_verified");
      assert.doesNotMatch(decodeURIComponent(now.address), /zoe/, text);
      assert.doesNotMatch((await page.onPaper()).join("\n").split("Check again at")[1], /zoe/, text);
    }
    const trick = `https://hyperstack.id@evil.example/credential/${id}`;
    assert.equal((await page.verify(trick)).hash, `#verify=${encodeURIComponent(trick)}`);
  });

  test("shows hidden and direction-changing characters of a link by their code points", async () => {
    const now = await page.verify(`https://hyperstack.id/credential/\u202e${id}\u200b`);
    assert.equal(now.verdict, "malformed_input");
    assert.ok(now.text.includes(`https://hyperstack.id/credential/[U+202E]${id}[U+200B]`), now.text);
    assert.ok(now.text.includes(texts["compare.hidden_characters"]));
    assert.doesNotMatch(now.text, /[\u200b\u202e]/);
  });

  test("trusts every host of the settings, and accepts a bare id", async () => {
    const found = await page.verify(link.replace("hyperstack.id", "certificates.acme.example"));
    assert.equal(found.checks[1].state, "pass");
    const bare = await page.verify(link.slice(-32));
    assert.equal(bare.verdict, "valid");
    assert.equal(bare.checks[1].code, "bare_id");
    assert.equal(bare.hash, `#verify=${link.slice(-32)}`);
  });
});

describe("deep links", () => {
  test("#verify= checks at once, with the form folded and the focus on the verdict", async () => {
    await page.open(`#verify=${encodeURIComponent(`${link}?view=recipient#top`)}`);
    const now = await page.result();
    assert.equal(now.verdict, "valid");
    assert.equal(now.link, `${link}?view=recipient#top`);
    assert.deepEqual([now.focus, now.folded], ["verdict-title", true]);
    assert.match(now.status, /^Result: /);
    assert.equal(asked().length, 1);
    assert.deepEqual(await browser.complaints(), []);
  });

  test("a changed fragment is checked, without an earlier name", async () => {
    const first = await page.verify(link, "Ada Lovelace");
    assert.equal(first.verdict, "valid");
    assert.equal(first.checks[11].state, "pass");
    assert.equal(first.hash, `#verify=${encodeURIComponent(link)}`);
    assert.doesNotMatch(decodeURIComponent(first.address), /Ada|Lovelace/);
    const copied = await browser.run("return document.querySelector('.print-only bdi').textContent");
    assert.equal(copied, first.address);
    await browser.run("location.hash = arguments[0]", `#verify=${encodeURIComponent(revoked)}`);
    const second = await page.result("revoked");
    assert.equal(second.name, "");
    assert.equal(second.checks[11].code, "not_requested");
  });

  test("what follows the link is not sent", async () => {
    const now = await page.verify(`  ${link}?utm_source=mail#frag\n`);
    assert.equal(now.verdict, "valid");
    assert.equal(now.hash, `#verify=${encodeURIComponent(link)}`);
  });

  test("an e-mail address is removed from the page's address", async () => {
    const clean = `#verify=${encodeURIComponent(link)}`;
    for (const [address, hash] of [
      [`#verify=${encodeURIComponent(`${link}?to=zoe@example.com`)}`, clean],
      [`#verify=${encodeURIComponent(`${link}?to=zoe%40example.com#zoe@example.com`)}`, clean],
      [`#verify=${encodeURIComponent("https://hyperstack.id/credential/zoe@example.com")}`, ""],
      [`#verify=${encodeURIComponent(link.replace("hyperstack.id", "zoe%40example.com@hyperstack.id"))}`, ""],
      [`?to=zoe@example.com&lang=en${clean}`, clean],
      [`?to=zoe%40example.com${clean}`, clean],
    ]) {
      await page.open(address);
      const now = await page.result();
      assert.equal(now.hash, hash, address);
      assert.doesNotMatch(decodeURIComponent(decodeURIComponent(now.address)), /zoe/, address);
      const passedOn = await browser.run(
        `return [...document.querySelectorAll("a[href], #share-link, .print-only bdi")].map((each) =>
           each.href ?? each.value ?? each.textContent).join(" ")`,
      );
      assert.doesNotMatch(decodeURIComponent(decodeURIComponent(passedOn)), /zoe/, address);
    }
    await page.open("?lang=de-AT&to=zoe@example.com#zoe@example.com");
    const now = await page.look();
    assert.match(now.address, /\/\?lang=de$/);
  });

  test("one that is damaged, hostile or of another kind is harmless", async () => {
    await page.open("#verify=%E0%A4%A");
    assert.equal((await page.result()).verdict, "malformed_input");
    await page.open(`#verify=${encodeURIComponent('"><img src=x onerror="window.broken=1">')}`);
    assert.equal((await page.result()).verdict, "malformed_input");
    assert.equal(await browser.run("return window.broken ?? null"), null);
    for (const fragment of ["#verify=", "#samples", "#verify"]) {
      await page.open(fragment);
      const now = await page.look();
      assert.deepEqual([now.verdict, now.fieldError, now.busy], [null, null, null], fragment);
    }
    assert.deepEqual(asked(), []);
    assert.deepEqual(await browser.complaints(), []);
  });
});

describe("sharing a result", () => {
  const statusText = () => browser.run("return document.getElementById('status').textContent");

  test("copies the link, or shows it for manual copying", async () => {
    await page.verify(link);
    const wanted = (await page.look()).address;
    await browser.run(
      `window.copied = [];
       Object.defineProperty(navigator, "clipboard", { configurable: true, value: {
         writeText: async (text) => { window.copied.push(text); } } });`,
    );
    await page.click("#copy-button");
    await until("the copy", async () => (await statusText()) === texts["status.copied"]);
    assert.deepEqual(await browser.run("return window.copied"), [wanted]);
    await browser.run(
      `Object.defineProperty(navigator, "clipboard", { configurable: true, value: {
         writeText: async () => { throw new DOMException("refused", "NotAllowedError"); } } });`,
    );
    await page.click("#copy-button");
    await until("the word", async () => (await statusText()) === texts["status.copy_by_hand"]);
    const [value, shown, selected, focus, note] = await browser.run(
      `const field = document.getElementById("share-link");
       return [field.value, field.checkVisibility(), field.selectionEnd - field.selectionStart,
         document.activeElement.id, document.querySelector(".result-actions .actions-note").innerText];`,
    );
    assert.deepEqual([value, shown, selected, focus], [wanted, true, wanted.length, "share-link"]);
    assert.equal(note, texts["status.copy_by_hand"], "said where the button is, too");
    await assertAccessible(browser, "a link to copy by hand");
  });

  test("shares the link, and only that, if the browser can", async () => {
    await browser.run(
      "window.shared = []; navigator.share = async (data) => { window.shared.push(data); throw new DOMException('', 'AbortError'); };",
    );
    await page.verify(revoked);
    await page.click("#share-button");
    assert.deepEqual(await browser.run("return window.shared"), [{ url: (await page.look()).address }]);
    assert.deepEqual(await browser.complaints(), []);
  });
});

describe("saving a valid result", () => {
  const offered = () =>
    browser.run("return [...document.querySelectorAll('[data-export]')].map((each) => each.dataset.export)");
  /** Keeps what would be saved as files, and what would be opened. */
  const watchFiles = () =>
    browser.run(
      `window.saved = [];
       const make = URL.createObjectURL;
       URL.createObjectURL = (blob) => { blob.text().then((text) => window.saved.push(text)); return make(blob); };
       HTMLAnchorElement.prototype.click = function () { window.name = this.download; };`,
    );
  const saved = async (name) => {
    await browser.run("window.saved.length = 0");
    await page.click(`[data-export="${name}"]`);
    await until("the file", () => browser.run("return window.saved.length > 0"));
    const [text, file] = await browser.run("return [window.saved[0], window.name]");
    return { file, document: JSON.parse(text), text };
  };

  test("offers LinkedIn, markup, a receipt and a badge draft; no address, no proof", async () => {
    await page.click('[data-sample="valid"]');
    await page.result("valid");
    await page.click("#exports > summary");
    // Without an issuer's name in the settings, LinkedIn's form has nothing to say of the organisation.
    assert.deepEqual(await offered(), ["jsonld", "receipt", "badge"]);
    const lacking = await browser.run("return document.getElementById('badge-missing').innerText");
    assert.match(lacking, /issuer\.id/);
    assert.match(lacking, /which leads to the key that signs/);
    await assertAccessible(browser, "what can be taken along");
    await watchFiles();
    const markup = await saved("jsonld");
    assert.equal(markup.document["@type"], "EducationalOccupationalCredential");
    assert.match(markup.file, /^credential-DemoValid0+1\.json$/);
    const receipt = await saved("receipt");
    assert.equal(receipt.document.signed, false);
    assert.equal(receipt.document.verdict, "valid");
    const badge = await saved("badge");
    assert.ok(badge.document.type.includes("OpenBadgeCredential") && !("proof" in badge.document));
    for (const { text } of [markup, receipt, badge]) assert.doesNotMatch(text, secretAddresses);
    // Five minutes later it is too old for all of them.
    await browser.run(
      // Firefox runs this with a `Date` of its own; the page's is the window's.
      "const { Date } = window; const now = Date.now; Date.now = () => now() + 301_000; window.saved.length = 0;",
    );
    await page.click('[data-export="badge"]');
    await until("the word", async () => (await page.look()).status === texts["exports.not_fresh"]);
    assert.deepEqual(await browser.run("return window.saved"), []);
    assert.deepEqual(await browser.complaints(), []);
  });

  test("offers no markup for a private one, and nothing for other verdicts", async () => {
    await page.click('[data-sample="valid_private"]');
    await page.result("valid");
    assert.deepEqual(await offered(), ["receipt", "badge"]);
    for (const sample of ["revoked", "indeterminate", "untrusted_host", "unpublished"]) {
      await page.click(`[data-sample="${sample}"]`);
      await page.result(sample);
      assert.deepEqual(await offered(), [], sample);
    }
    await browser.provoked(failedStatus("/api/verify", 502));
  });
});

describe("the keyboard alone", () => {
  /** Tabs on until the focus is where `wanted` says, every stop being visible and marked. */
  async function tabTo(wanted, most = 40) {
    for (let count = 0; count < most; count += 1) {
      await browser.keys(Key.TAB);
      const { focus } = await page.look();
      const [visible, marked] = await browser.run(
        `const element = document.activeElement;
         const { outlineStyle, outlineWidth } = getComputedStyle(element);
         return [element.checkVisibility(), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];`,
      );
      if (focus === "body" || focus === "html") continue;
      assert.ok(visible && marked, `the focus on ${focus} can be seen`);
      if (focus === wanted) return;
    }
    assert.fail(`${wanted} cannot be reached`);
  }

  test("enters and checks a link, and continues from the result's heading", async () => {
    await tabTo("credential-url");
    await browser.keys(revoked, Key.ENTER);
    const now = await page.result("revoked");
    assert.equal(now.focus, "verdict-title");
    await tabTo("copy-button");
    await tabTo("print-button");
  });

  test("opens, enters and compares a name", async () => {
    await tabTo("credential-url");
    await browser.keys(link);
    await tabTo("summary");
    await browser.keys(Key.ENTER);
    await tabTo("recipient-name");
    await browser.keys("Grace Hopper");
    await tabTo("verify-button");
    await browser.keys(Key.ENTER);
    assert.equal((await page.result()).verdict, "recipient_mismatch");
  });

  test("reaches and selects a sample", async () => {
    await tabTo("suspended");
    await browser.keys(Key.SPACE);
    const now = await page.result("suspended");
    assert.equal(now.focus, "verdict-title");
  });
});

/** The QR code as it is drawn: how wide, and the rows of dark modules. */
const drawnQr = () =>
  browser.run(
    `const code = document.querySelector(".qr-code");
     return { size: code.viewBox.baseVal.width, path: code.querySelector("path").getAttribute("d"),
       ground: code.querySelector("rect").getAttribute("fill"), ink: code.querySelector("path").getAttribute("fill"),
       width: code.getBoundingClientRect().width };`,
  );

/** What a scanner reads in it; another's decoder, so that nothing is proven by itself. */
function decodedQr({ size, path, ground, ink, width }) {
  assert.deepEqual([ground, ink], ["#fff", "#000"]);
  assert.ok(width > 100, `${width} px wide`);
  const scale = 4;
  const pixels = new Uint8ClampedArray((size * scale) ** 2 * 4).fill(255);
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = y * scale; row < (Number(y) + 1) * scale; row += 1) {
      for (let column = x * scale; column < (Number(x) + Number(length)) * scale; column += 1) {
        pixels.set([0, 0, 0], (row * size * scale + column) * 4);
      }
    }
  }
  return jsQR(pixels, size * scale, size * scale)?.data ?? null;
}

describe("appearance", () => {
  const colours = (selector) =>
    browser.run(
      `const { color, backgroundColor } = getComputedStyle(document.querySelector(arguments[0]));
       // Parts of one colour: its first number tells light from dark.
       return [color, backgroundColor].map((text) => Number(/\\d+/.exec(text)[0]));`,
      selector,
    );

  test("light and dark", async () => {
    await page.verify(link);
    const [text, ground] = await colours("body");
    assert.ok(text < 80 && ground > 200, `light: ${text} on ${ground}`);
    try {
      await browser.setMedia({ scheme: "dark" });
      const [darkText, darkGround] = await colours("body");
      assert.ok(darkText > 200 && darkGround < 80, `dark: ${darkText} on ${darkGround}`);
      await assertAccessible(browser, "dark");
    } finally {
      await browser.setMedia();
    }
  });

  test("prints the result and where to check again, without the form and its buttons", async () => {
    await page.click('[data-sample="valid"]');
    await page.result("valid");
    const visible = (selector) =>
      browser.run(
        "return [...document.querySelectorAll(arguments[0])].map((part) => part.checkVisibility())",
        selector,
      );
    assert.deepEqual(await visible(".print-only"), [false]);
    try {
      await browser.setMedia({ medium: "print" });
      const hidden = await visible(".verify-form, .samples, .result-actions, .folds, .another, .languages");
      assert.ok(hidden.length >= 6 && !hidden.includes(true), hidden.join());
      assert.deepEqual(await visible(".verdict-card, #facts, .print-only, #sandbox-banner, .sandbox-tag"), [
        true,
        true,
        true,
        true,
        true,
      ]);
      assert.equal((await visible("#facts time")).filter(Boolean).length, 3);
      assert.equal(decodedQr(await drawnQr()), (await page.look()).address);
    } finally {
      await browser.setMedia();
    }
  });
});
