/**
 * Reading a QR code on the verify page: by a camera that shows a test picture and from a picture, with a detector of
 * our own, because the browsers here have none. The camera must be off whenever its window is not open.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { Key } from "selenium-webdriver";
import { assertAccessible } from "../support/axe.mjs";
import { startBrowser, until } from "../support/browser.mjs";
import { startSandbox, startWorker } from "../support/processes.mjs";
import { control, linkTo } from "../support/sandbox-control.mjs";
import { verifyPage } from "../support/verify-page.mjs";

/** A detector that finds what the test says, after it has looked `window.looks` times; and a watch on the camera. */
const detector = (supported) => `() => {
  window.looked = [];
  window.code = null;
  window.tracks = [];
  window.BarcodeDetector = class {
    static getSupportedFormats = async () => ${supported};
    constructor({ formats }) { window.asked = formats; }
    async detect(source) {
      window.looked.push(source.constructor.name);
      if (window.code === "throw") throw new DOMException("broken", "InvalidStateError");
      return window.code === null ? [] : [{ rawValue: window.code }];
    }
  };
  // about:blank has no cameras.
  if (typeof MediaDevices === "undefined") return;
  const open = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    window.wanted = wanted;
    if (window.refuse) throw new DOMException("no", "NotAllowedError");
    if (window.hesitate) await new Promise((resolve) => setTimeout(resolve, 600));
    const stream = await open.call(this, wanted);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}`;

const folder = mkdtempSync(join(tmpdir(), "hyperstack-scan-"));
/** One white point. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII=";

let sandbox;
let worker;
let browser;
let page;
let link;
let forget = async () => {};

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  const steer = control(sandbox);
  worker = await startWorker({
    vars: {
      HYPERSTACK_API_BASE: sandbox.url,
      HYPERSTACK_MODE: "sandbox",
      HYPERSTACK_SAMPLES: JSON.stringify(await steer.samples()),
    },
    secrets: { HYPERSTACK_API_TOKEN: sandbox.token },
  });
  browser = await startBrowser({ camera: true, watchNetwork: false });
  page = verifyPage(browser, `${worker.url}/`);
  link = linkTo(await steer.newCredential());
});

after(async () => {
  await browser?.stop();
  await worker?.stop();
  await sandbox?.stop();
  rmSync(folder, { recursive: true });
});

afterEach(async () => {
  await forget();
  forget = async () => {};
});

async function openWith(supported) {
  forget = await browser.preload(detector(supported));
  await page.open();
}

const visible = (id) => browser.run("return document.getElementById(arguments[0]).checkVisibility()", id);
const set = (name, value) => browser.run("window[arguments[0]] = arguments[1]", name, value);
const camera = () =>
  browser.run(
    `return { open: document.getElementById("scan-dialog").open, status: document.getElementById("scan-status").textContent,
       looked: window.looked.length, states: window.tracks.map((track) => track.readyState),
       shown: document.getElementById("scan-video").srcObject !== null,
       focus: document.activeElement.id };`,
  );
const looking = () =>
  until("the camera", async () => {
    const now = await camera();
    return now.open && now.looked > 1 && now;
  });

async function assertOff() {
  const now = await camera();
  assert.deepEqual([now.open, now.shown, now.states.includes("live")], [false, false, false]);
  const { looked } = now;
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal((await camera()).looked, looked, "nobody looks any more");
}

describe("offers nothing if the browser cannot read codes", () => {
  for (const [name, supported] of [
    ["no detector", null],
    ["one that knows other codes", "['ean_13']"],
    ["one that fails", "Promise.reject(new Error('none'))"],
  ]) {
    test(name, async () => {
      if (supported === null) await page.open();
      else await openWith(supported);
      assert.deepEqual([await visible("scan-button"), await visible("scan-picture-button")], [false, false]);
      assert.deepEqual(await browser.complaints(), []);
    });
  }
});

describe("by the camera", () => {
  test("scans until there is a code, checks it, and switches the camera off", async () => {
    await openWith("['qr_code']");
    assert.deepEqual(await browser.run("return window.asked"), ["qr_code"]);
    await page.click("#scan-button");
    const now = await looking();
    assert.deepEqual(now.states, ["live"]);
    assert.equal(now.status, "Looking for a code…");
    assert.deepEqual(await browser.run("return window.wanted"), {
      video: { facingMode: "environment" },
      audio: false,
    });
    await assertAccessible(browser, "the camera's window");
    assert.deepEqual(await page.tooWide(), []);
    await set("code", link);
    const result = await page.result("valid");
    assert.equal(result.link, link);
    assert.equal(result.focus, "verdict-title");
    await assertOff();
    assert.deepEqual(await browser.complaints(), []);
  });

  test("reads the link in this page's own printed code", async () => {
    await openWith("['qr_code']");
    await set("code", `${worker.url}/?lang=de#verify=${encodeURIComponent(link)}`);
    await page.click("#scan-button");
    assert.equal((await page.result("valid")).link, link);
    // Another site's address of that form is what it is: not trusted.
    await set("code", `https://evil.example/#verify=${encodeURIComponent(link)}`);
    await page.click("#check-another");
    await page.click("#scan-button");
    assert.equal((await page.result("untrusted_host")).outcome, "not_verified");
    await assertOff();
    assert.deepEqual(await browser.complaints(), []);
  });

  test("switches off when closed by its button, by Escape, or during the permission prompt", async () => {
    await openWith("['qr_code']");
    await page.click("#scan-button");
    await looking();
    await page.click("#scan-close");
    await until("the end", async () => !(await camera()).states.includes("live"));
    await assertOff();
    assert.equal((await camera()).focus, "scan-button", "the focus is back where it was");
    await page.click("#scan-button");
    await until("the second camera", async () => (await camera()).states.includes("live"));
    await browser.keys(Key.ESCAPE);
    await until("the end", async () => !(await camera()).states.includes("live"));
    await assertOff();
    await set("hesitate", true);
    await page.click("#scan-button");
    await page.click("#scan-close");
    await until("the late camera", async () => (await camera()).states.length === 3);
    await until("its end", async () => !(await camera()).states.includes("live"));
    await assertOff();
    assert.deepEqual(await browser.complaints(), []);
  });

  test("switches off at once when closed during a scan, and works again", async () => {
    for (const stuck of ["look", "play"]) {
      await openWith("['qr_code']");
      await browser.run(
        `window.stuck = arguments[0];
         const detect = BarcodeDetector.prototype.detect;
         BarcodeDetector.prototype.detect = function (source) {
           return window.stuck === "look" && window.looked.push("stuck") ? new Promise(() => {}) : detect.call(this, source);
         };
         const play = HTMLVideoElement.prototype.play;
         HTMLVideoElement.prototype.play = function () {
           return window.stuck === "play" ? new Promise((_, reject) => { window.fail = reject; }) : play.call(this);
         };`,
        stuck,
      );
      await page.click("#scan-button");
      await until("the camera", async () => (await camera()).states.includes("live"));
      await page.click("#scan-close");
      await assertOff();
      await browser.run("window.stuck = null");
      await page.click("#scan-button");
      await until("the next camera", async () => (await camera()).states.at(-1) === "live");
      await browser.run("window.fail?.(new DOMException('late', 'AbortError'))");
      await set("code", link);
      assert.equal((await page.result("valid")).link, link);
      await assertOff();
      await forget();
    }
    forget = async () => {};
    assert.deepEqual(await browser.complaints(), []);
  });

  test("says what else can be done if access is denied", async () => {
    await openWith("['qr_code']");
    await set("refuse", true);
    await page.click("#scan-button");
    const now = await until("the word", async () => {
      const found = await camera();
      return /not available or not allowed/.test(found.status) && found;
    });
    assert.deepEqual([now.open, now.shown], [true, false]);
    await assertAccessible(browser, "a camera refused");
    await page.click("#scan-close");
    await assertOff();
    assert.deepEqual(await browser.complaints(), []);
  });

  test("a scan that fails counts as one without a code", async () => {
    await openWith("['qr_code']");
    await set("code", "throw");
    await page.click("#scan-button");
    await looking();
    await set("code", link);
    assert.equal((await page.result("valid")).outcome, "verified");
    await assertOff();
  });
});

describe("from a picture", () => {
  const choose = async (name, bytes) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    await (await browser.driver.findElement({ id: "scan-picture" })).sendKeys(file);
  };
  const status = () => browser.run("return document.getElementById('status').textContent");

  test("checks the code in it; reports a missing code and a file that is not a picture", async () => {
    await openWith("['qr_code']");
    assert.equal(await visible("scan-picture-button"), true);
    await set("code", link);
    await choose("code.png", Buffer.from(png, "base64"));
    assert.equal((await page.result("valid")).link, link);
    assert.deepEqual(await browser.run("return window.looked"), ["ImageBitmap"]);
    for (const [name, bytes, code] of [
      ["empty.png", Buffer.from(png, "base64"), null],
      ["text.png", Buffer.from("no picture"), link],
    ]) {
      await browser.run("document.getElementById('status').textContent = ''");
      await set("code", code);
      await choose(name, bytes);
      await until("the word", async () => /no readable QR code/.test(await status()));
    }
    assert.deepEqual(await browser.complaints(), []);
  });
});
