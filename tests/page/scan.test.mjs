/**
 * Reading a QR code on the verify page, by a camera and from a picture: with a detector of the test, as some browsers have
 * one, and with the decoder that the page loads elsewhere. The camera must be off whenever its window is not open.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { Key } from "selenium-webdriver";
import { encode } from "uqr";
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

const choosePicture = async (name, bytes) => {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  await (await browser.driver.findElement({ id: "scan-picture" })).sendKeys(file);
};
const statusText = () => browser.run("return document.getElementById('status').textContent");

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

/** The dark modules of a code, as [column, row] pairs, and how many there are in a row. */
function modulesOf(text) {
  const { data, size } = encode(text, { border: 4 });
  const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [[x, y]] : [])));
  return { dark, size };
}

/** A code as a picture (BMP, 24 bits). */
function pictureOf(text, scale = 6) {
  const { dark, size } = modulesOf(text);
  const side = size * scale;
  const stride = Math.ceil((side * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * side, 255);
  bytes.fill(0, 0, 54);
  bytes.write("BM");
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(side, 18);
  bytes.writeInt32LE(side, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (const [x, y] of dark) {
    for (let row = y * scale; row < (y + 1) * scale; row += 1) {
      const at = 54 + (side - 1 - row) * stride + x * scale * 3;
      bytes.fill(0, at, at + scale * 3);
    }
  }
  return bytes;
}

/** A camera that looks at a code. */
const cameraOn = (text) => `() => {
  if (typeof MediaDevices === "undefined") return;
  window.tracks = [];
  window.looked = [];
  MediaDevices.prototype.getUserMedia = async function () {
    const { dark, size } = ${JSON.stringify(modulesOf(text))};
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size * 8;
    const draw = () => {
      const context = canvas.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.fillStyle = "#000";
      for (const [x, y] of dark) context.fillRect(x * 8, y * 8, 8, 8);
    };
    draw();
    setInterval(draw, 50);
    const stream = canvas.captureStream(20);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}`;

describe("where the browser cannot read codes", () => {
  for (const [name, supported] of [
    ["no detector", null],
    ["one that knows other codes", "['ean_13']"],
    ["one that fails", "Promise.reject(new Error('none'))"],
  ]) {
    test(`${name}: loads the decoder when it is needed, and reads a picture`, async () => {
      if (supported === null) await page.open();
      else await openWith(supported);
      const loaded = () =>
        browser.run(
          "return performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/qr-decoder.js'))",
        );
      assert.deepEqual([await visible("scan-button"), await visible("scan-picture-button")], [true, true]);
      assert.equal(await loaded(), false);
      await choosePicture("code.bmp", pictureOf(link));
      assert.equal((await page.result("valid")).link, link);
      assert.equal(await loaded(), true);
      await page.click("#check-another");
      await choosePicture("none.png", Buffer.from(png, "base64"));
      await until("the word", async () => /no readable QR code/.test(await statusText()));
      assert.deepEqual(await browser.complaints(), []);
    });
  }

  test("reads the code in front of the camera, this page's own included", async () => {
    forget = await browser.preload(cameraOn(`${worker.url}/#verify=${encodeURIComponent(link)}`));
    await page.open();
    await page.click("#scan-button");
    const now = await page.result("valid");
    assert.deepEqual([now.link, now.focus], [link, "verdict-title"]);
    assert.deepEqual(
      await browser.run("return window.tracks.map((track) => track.readyState)"),
      ["ended"],
      "the camera is off",
    );
    assert.deepEqual(await browser.complaints(), []);
  });
});

describe("by the camera", () => {
  test("scans until there is a code, checks it, and switches the camera off", async () => {
    await openWith("['qr_code']");
    await page.click("#scan-button");
    const now = await looking();
    assert.deepEqual(await browser.run("return window.asked"), ["qr_code"]);
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
  test("checks the code in it; reports a missing code and a file that is not a picture", async () => {
    await openWith("['qr_code']");
    assert.equal(await visible("scan-picture-button"), true);
    await set("code", link);
    await choosePicture("code.png", Buffer.from(png, "base64"));
    assert.equal((await page.result("valid")).link, link);
    assert.deepEqual(await browser.run("return window.looked"), ["ImageBitmap"]);
    for (const [name, bytes, code] of [
      ["empty.png", Buffer.from(png, "base64"), null],
      ["text.png", Buffer.from("no picture"), link],
    ]) {
      await browser.run("document.getElementById('status').textContent = ''");
      await set("code", code);
      await choosePicture(name, bytes);
      await until("the word", async () => /no readable QR code/.test(await statusText()));
    }
    assert.deepEqual(await browser.complaints(), []);
  });
});
