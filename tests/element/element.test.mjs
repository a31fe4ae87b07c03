/**
 * `<hyperstack-verify>` in a page of somebody else's: another origin than the service's, a strict policy, no bundler. Every
 * verdict with what is shown, said and focused, axe, the keyboard, styling from outside, several elements, and what
 * happens when one is taken away.
 */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createVerifyHandler, Hyperstack } from "hyperstack-credentials";
import { Key } from "selenium-webdriver";
import { assertAccessible } from "../support/axe.mjs";
import { browserName, startBrowser, until } from "../support/browser.mjs";
import { FORBIDDEN_ORIGIN, FORBIDDEN_WASM, failedStatus } from "../support/complaints.mjs";
import { serve } from "../support/consumers.mjs";
import { example } from "../support/documents.mjs";
import { startSandbox } from "../support/processes.mjs";
import { control, linkTo } from "../support/sandbox-control.mjs";
import { expected, secretAddresses } from "../support/verdicts.mjs";

const dist = fileURLToPath(new URL("../../pkg/dist/", import.meta.url));
const messages = new URL("../../www/public/messages/", import.meta.url);
const languages = readdirSync(messages).map((name) => name.replace(".json", ""));
const textsIn = (language) => JSON.parse(readFileSync(new URL(`${language}.json`, messages), "utf8"));
const texts = textsIn("en");
const pictures = process.env.SCREENSHOTS;

const VALID = linkTo("DemoValid00000000000000000000001");
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

const MAIN = `
  import { defineHyperstackVerify } from "/element.js";
  window.told = [];
  for (const name of ["hyperstack-verify", "hyperstack-result", "hyperstack-error"]) {
    document.addEventListener(name, (event) => {
      const { target, detail } = event;
      window.told.push({ name, id: target.id, detail: detail instanceof Error ? detail.toJSON() : detail });
      if (window.prevented === name) event.preventDefault();
    });
  }
  defineHyperstackVerify();
  defineHyperstackVerify();
`;
const STYLE = `
  :root { color-scheme: light dark; font: 1rem/1.5 sans-serif; }
  body { background: Canvas; color: CanvasText; }
  .styled { --hyperstack-accent: rgb(1, 2, 3); --hyperstack-radius: 0px; --hyperstack-verified: rgb(4, 90, 6); }
  .styled::part(button) { letter-spacing: 3px; }
  .styled::part(verdict) { text-transform: uppercase; }
  .styled::part(card-verified) { border-style: dashed; }
`;
const html = (body, lang = "en") => `<!doctype html><html lang="${lang}"><head><title>Somebody's page</title>
  <meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">
  <script type="module" src="/main.js"></script></head><body><main><h1>Our graduates</h1>${body}</main></body></html>`;

let sandbox;
let sandboxed;
let client;
let site;
let service;
let browser;
/** What the service does with a question; by default what the package's handler does. */
let answer;
let handler;
let samples;
const headers = {};
const files = { "/main.js": MAIN, "/style.css": STYLE };

before(async () => {
  sandbox = await startSandbox({ seed: "demo" });
  sandboxed = control(sandbox);
  samples = await sandboxed.samples();
  const nowhere = async () => new Response(null, { status: 404 });
  site = await serve({ folders: [dist], files, headers, verify: nowhere });
  client = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, maxRetries: 0 });
  handler = createVerifyHandler({ client, allowedOrigins: [site.url], issuerLabel: "Acme Academy" });
  service = await serve({ folders: [], verify: (request) => answer(request) });
  headers["content-security-policy"] = policy();
  headers["x-content-type-options"] = "nosniff";
  browser = await startBrowser();
  if (pictures) mkdirSync(pictures, { recursive: true });
});
after(async () => {
  await browser?.stop();
  await site?.stop();
  await service?.stop();
  await sandbox?.stop();
});
beforeEach(() => {
  answer = handler;
  headers["content-security-policy"] = policy();
});

const policy = (wasm = " 'wasm-unsafe-eval'") =>
  `default-src 'none'; script-src 'self'${wasm}; style-src 'self'; img-src data:; connect-src ${service.url}; ` +
  "form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const tag = (attributes = "", content = "") =>
  `<hyperstack-verify id="one" endpoint="${service.url}/api/verify" ${attributes}>${content}</hyperstack-verify>`;

async function open(body, lang) {
  files["/index.html"] = html(body, lang);
  await browser.driver.get(`${site.url}/`);
  await until("the element", () =>
    run("return document.querySelector('hyperstack-verify')?.shadowRoot != null"),
  );
  service.requests();
}
const run = (code, ...args) => browser.run(code, ...args);

const look = (id = "one") =>
  run(
    `const element = document.getElementById(arguments[0]);
     const root = element.shadowRoot;
     const part = (name) => root.querySelector('[part~="' + name + '"]');
     const card = part("card");
     const shown = (found) => found?.checkVisibility() ? found.innerText.trim() : null;
     return {
       busy: element.busy,
       verdict: card?.dataset.verdict ?? null,
       reason: card?.dataset.reason ?? null,
       tone: card?.dataset.tone ?? null,
       heading: shown(part("verdict")),
       level: part("verdict")?.localName ?? null,
       meaning: shown(part("meaning")),
       text: shown(part("result")),
       all: part("result").textContent,
       subject: shown(part("subject")),
       unfolded: part("details")?.open ?? null,
       ticks: [...root.querySelectorAll("path")].filter((path) => path.getAttribute("d").includes("4.5-4.7")).length,
       status: part("status").textContent,
       statusRole: part("status").getAttribute("role"),
       error: shown(part("error")),
       invalid: part("input").getAttribute("aria-invalid"),
       label: shown(part("label")),
       button: shown(part("button")),
       cancel: shown(part("cancel")),
       retry: shown(part("retry")),
       suggestion: shown(part("suggestion")),
       suggested: shown(part("suggested")),
       waits: part("retry")?.getAttribute("aria-disabled") ?? null,
       value: element.value,
       lang: root.firstElementChild.lang,
       dir: root.firstElementChild.dir,
       focus: document.activeElement === element ? root.activeElement?.id || root.activeElement?.part.value : null,
       told: window.told.filter((one) => one.id === arguments[0]),
       verification: element.verification,
     };`,
    id,
  );

const partOf = (name, id = "one") =>
  browser.driver.executeScript(
    `return document.getElementById(arguments[1]).shadowRoot.querySelector('[part~="' + arguments[0] + '"]')`,
    name,
    id,
  );
const click = async (name, id) => {
  const element = await partOf(name, id);
  await run("arguments[0].scrollIntoView({ block: 'center' })", element);
  // What is slotted into a button is not inside it for the driver, which would call it in the way.
  await browser.driver.actions().move({ origin: element }).click().perform();
};
const result = async (id = "one") => {
  await until("a result", () =>
    run(
      `const element = document.getElementById(arguments[0]);
       return !element.busy && element.shadowRoot.querySelector('[part~="card"]') !== null`,
      id,
    ),
  );
  return look(id);
};
/** Fills the field in and presses the button, as a user does. */
const verify = async (link, id = "one") => {
  await run("document.getElementById(arguments[1]).value = arguments[0]", link, id);
  await click("button", id);
  return result(id);
};

/** What a browser may say of a fault that the service answers with a status of its own. */
const FAULT = /^log SEVERE: .*\/api\/verify - Failed to load resource: .* status of 50\d/;
const assertNoComplaints = async (but = /(?!)/) =>
  assert.deepEqual(
    (await browser.complaints()).filter((line) => !but.test(line)),
    [],
  );

async function takePictures(name) {
  if (!pictures) return;
  for (const [kind, width, scheme] of [
    ["wide-light", 800, "light"],
    ["narrow-dark", 320, "dark"],
  ]) {
    await browser.setViewport(width, 900);
    await browser.setMedia({ scheme });
    await browser.screenshot(join(pictures, `${browserName}-element-${name}-${kind}.png`));
  }
  await browser.setViewport(null);
  await browser.setMedia();
}

async function assertNoBarriers(what) {
  await assertAccessible(browser, what);
  await browser.setMedia({ scheme: "dark" });
  await assertAccessible(browser, `${what}, dark`, ["color-contrast"]);
  await browser.setMedia();
}

test("starts with a labelled field and a button, sends nothing, and is accessible", async () => {
  await open(tag());
  const now = await look();
  assert.deepEqual(
    [now.label, now.button, now.cancel, now.status, now.statusRole, now.text, now.error],
    [texts["form.link_label"], texts["form.verify"], null, "", "status", null, null],
  );
  assert.deepEqual([now.focus, now.told, now.verification], [null, [], null]);
  assert.deepEqual(service.requests(), []);
  const field = await partOf("input");
  assert.equal(await field.getAccessibleName(), texts["form.link_label"]);
  assert.equal(await field.getAriaRole(), "textbox");
  await assertNoBarriers("the start");
  await assertNoComplaints();
  await takePictures("start");
});

describe("shows every verdict", () => {
  for (const [name, want] of Object.entries(expected)) {
    test(name, async () => {
      // The element compares no names; a service might by itself.
      if (name === "recipient_mismatch") {
        answer = async (request) => {
          if (request.method !== "POST") return handler(request);
          const verification = await client.verify(VALID, { recipientName: "Somebody Else" });
          return Response.json(verification, { headers: { "access-control-allow-origin": site.url } });
        };
      }
      await open(tag());
      const { input } = samples.find((sample) => sample.name === name);
      const now = await verify(input);
      assert.deepEqual([now.verdict, now.reason], [want.verdict, want.reason ?? ""]);
      assert.equal(now.tone, tones[want.verdict]);
      assert.equal(now.heading, texts[`verdict.${want.verdict}.title`]);
      assert.equal(now.ticks, want.verdict === "valid" ? 1 : 0);
      assert.equal(now.level, "h2");
      assert.ok(now.text.includes(texts[`verdict.${want.verdict}.limits`].split("{")[0]));
      const local = ["untrusted_host", "malformed_input"].includes(name);
      assert.equal(now.focus, local ? "input" : "verdict");
      assert.equal(now.invalid, String(local));
      assert.equal(
        now.status,
        local
          ? texts["status.input_problem"]
          : texts["status.result"].replace("{verdict}", texts[`verdict.${want.verdict}.title`]),
      );
      assert.equal(now.error !== null, local);
      assert.equal(
        service.requests().includes("/api/verify"),
        !local,
        "what the link itself shows is not sent",
      );
      assert.equal(now.retry, want.verdict === "indeterminate" ? texts["result.retry"] : null);
      const [begun, ended, ...rest] = now.told;
      assert.deepEqual([begun.name, begun.detail, rest], ["hyperstack-verify", { input }, []]);
      assert.equal(ended.name, "hyperstack-result");
      assert.deepEqual(ended.detail, now.verification);
      assert.deepEqual(
        [now.verification.schema, now.verification.verdict],
        ["hyperstack-verify/1", want.verdict],
      );
      assert.equal(now.text.includes(texts["compare.issued_on"]), want.comparable === true);
      if (name === "revoked") assert.equal(now.subject, "Zoë van der Berg · Climate Data Analysis");
      if (name === "valid_private") assert.ok(now.subject.startsWith(texts["result.name_withheld"]));
      assert.equal(now.unfolded, false);
      assert.ok(now.all.includes(texts[`verdict.${want.verdict}.more`].split("{")[0]));
      for (const field of want.withheld) assert.ok(now.all.includes(texts[`withheld.${field}`]), field);
      if (name === "not_found_in_account") assert.match(now.text, /Not found in this issuer's account/);
      assert.doesNotMatch(now.all, secretAddresses);
      await assertNoBarriers(name);
      await assertNoComplaints(want.verdict === "indeterminate" ? FAULT : undefined);
      await takePictures(name);
    });
  }
});

test("does not show an inconsistent yes as valid", async () => {
  const good = await client.verify(VALID);
  for (const lie of [
    { ...good, outcome: "not_verified" },
    { ...good, verdict: "revoked" },
    { ...good, checks: good.checks.slice(1) },
    { ...good, subject: { ...good.subject, id: "DemoRevoked000000000000000000005" } },
  ]) {
    answer = async (request) =>
      request.method === "POST"
        ? Response.json(lie, { headers: { "access-control-allow-origin": site.url } })
        : handler(request);
    await open(tag());
    const now = await verify(VALID);
    assert.deepEqual([now.verdict, now.tone, now.ticks], ["indeterminate", "neutral", 0]);
  }
});

describe("a link that is only written differently", () => {
  const inputs = {
    "without a scheme": [VALID.replace("https://", ""), VALID],
    "with http and www": [VALID.replace("https://", "http://www."), VALID],
    "in brackets": [`<${VALID}>`, VALID],
    "behind words": [`Certificate: ${VALID}.`, VALID],
    "wrapped by Safe Links": [
      `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(VALID)}&data=05%7C01`,
      VALID,
    ],
    "an id in two parts": [`${VALID.slice(-32, -16)} ${VALID.slice(-16)}`, VALID.slice(-32)],
  };

  test("is offered corrected, and not checked before the button is pressed", async () => {
    await open(tag());
    for (const [what, [text, wanted]] of Object.entries(inputs)) {
      const now = await verify(text);
      assert.equal(now.verification.outcome, "not_verified", what);
      assert.deepEqual([now.suggested, now.value, now.focus, now.ticks], [wanted, text, "input", 0], what);
      const question = texts[wanted === VALID ? "form.suggestion" : "form.suggestion_id"];
      assert.ok(now.suggestion.startsWith(question), now.suggestion);
      assert.ok(now.suggestion.endsWith(texts["form.suggestion_use"]), now.suggestion);
      assert.ok(!now.text.includes(texts["parse.not_a_url.todo"]), now.text);
    }
    assert.deepEqual(service.requests(), []);
    await assertNoBarriers("a suggestion");
    await takePictures("suggestion");
    await assertNoComplaints();
  });

  test("is checked by a press of the button, by mouse and by keyboard", async () => {
    await open(tag());
    await verify(`<${VALID}>`);
    await click("suggestion-button");
    await until("a yes", async () => (await look()).verdict === "valid");
    const now = await look();
    assert.deepEqual([now.value, now.focus, now.suggestion], [VALID, "verdict", null]);
    const [, , asked] = now.told;
    assert.deepEqual([asked.name, asked.detail], ["hyperstack-verify", { input: VALID }]);

    await open(tag());
    await browser.keys(Key.TAB, `<${VALID}>`, Key.ENTER);
    assert.equal((await result()).focus, "input");
    await browser.keys(Key.TAB, Key.TAB);
    assert.equal((await look()).focus, "suggestion");
    await browser.keys(Key.ENTER);
    await until("a yes", async () => (await look()).verdict === "valid");
    await assertNoComplaints();
  });

  test("is offered in the language of the page, and disappears with the result", async () => {
    for (const language of languages) {
      await open(tag(), language);
      const { suggestion } = await verify(`<${VALID}>`);
      assert.ok(suggestion.startsWith(textsIn(language)["form.suggestion"]), suggestion);
    }
    await run("document.getElementById('one').value = 'x'");
    assert.equal((await look()).suggestion, null);
  });

  test("is offered for trusted hosts only", async () => {
    const acme = VALID.replace("hyperstack.id", "certificates.acme.example");
    await open(tag());
    for (const text of [
      `<${acme}>`,
      `http://evil.example/credential/${VALID.slice(-32)}`,
      "certificate",
      acme,
    ]) {
      assert.equal((await verify(text)).suggestion, null, text);
    }
    await open(tag('hosts="certificates.acme.example"'));
    assert.equal((await verify(`<${acme}>`)).suggested, acme);
    assert.equal((await verify(`<${VALID}>`)).suggestion, null);
    assert.deepEqual(service.requests(), []);
  });
});

test("works by keyboard alone: field, verdict, retry", async () => {
  await sandboxed.script("DemoValid00000000000000000000001", { status: 503, body: "{}" });
  await open(tag());
  await browser.keys(Key.TAB);
  assert.equal((await look()).focus, "input");
  await browser.keys(VALID, Key.ENTER);
  const first = await result();
  assert.deepEqual([first.verdict, first.reason, first.focus], ["indeterminate", "upstream_5xx", "verdict"]);
  await browser.keys(Key.TAB);
  assert.equal((await look()).focus, "retry");
  await browser.keys(Key.ENTER);
  await until("a yes", async () => (await look()).verdict === "valid");
  const second = await look();
  assert.deepEqual([second.focus, second.value], ["verdict", VALID]);
  const back = () => browser.driver.actions().keyDown(Key.SHIFT).sendKeys(Key.TAB).keyUp(Key.SHIFT).perform();
  await back();
  assert.equal((await look()).focus, "button");
  await back();
  assert.equal((await look()).focus, "input");
  await browser.provoked(failedStatus("/api/verify", 502));
});

test("counts down a requested wait before a retry", async () => {
  answer = async (request) => {
    const answered = await handler(request);
    if (request.method !== "POST") return answered;
    const verification = { ...(await client.verify(linkTo("A".repeat(32)))) };
    assert.equal(verification.verdict, "not_found_in_account");
    return new Response(JSON.stringify({ title: "x", status: 429, code: "too_many_requests" }), {
      status: 429,
      headers: {
        "access-control-allow-origin": site.url,
        "access-control-expose-headers": "retry-after",
        "content-type": "application/problem+json",
        "retry-after": "2",
      },
    });
  };
  await open(tag());
  const now = await verify(VALID);
  assert.deepEqual([now.verdict, now.reason, now.waits], ["indeterminate", "rate_limited", "true"]);
  assert.match(now.retry, /Try again in [12] s/);
  service.requests();
  await click("retry");
  assert.deepEqual(service.requests(), [], "not before its time");
  answer = handler;
  await until("the end of the wait", async () => (await look()).waits === null);
  assert.equal((await look()).status, texts["status.retry_ready"]);
  await click("retry");
  await until("a yes", async () => (await look()).verdict === "valid");
  await browser.provoked(failedStatus("/api/verify", 429));
});

test("two elements are independent", async () => {
  await open(tag() + tag().replace('id="one"', 'id="two" heading-level="4"'));
  assert.equal((await verify(VALID)).verdict, "valid");
  const [one, two] = [await look("one"), await look("two")];
  assert.deepEqual([one.verdict, two.verdict, two.value, two.told], ["valid", null, "", []]);
  const revoked = await verify(linkTo("DemoRevoked000000000000000000005"), "two");
  assert.deepEqual([revoked.verdict, revoked.level], ["revoked", "h4"]);
  assert.equal((await look("one")).verdict, "valid");
  await assertAccessible(browser, "two elements", ["duplicate-id-aria", "color-contrast", "label"]);
  await assertNoComplaints();
});

/** Has the service wait with its answer; gives what ends the wait. */
function hold() {
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  let arrived;
  const asked = new Promise((resolve) => {
    arrived = resolve;
  });
  answer = async (request) => {
    if (request.method === "POST") {
      arrived();
      await held;
    }
    return handler(request);
  };
  return { asked, release };
}
const names = (told) => told.map(({ name }) => name);

test("a removed element ends its check and sends no event", async () => {
  const { asked, release } = hold();
  await open(tag());
  await run(
    `window.element = document.getElementById("one");
     window.settled = "not yet";
     const seen = performance.now();
     element.verify(arguments[0]).then((value) => { window.settled = value; });`,
    VALID,
  );
  await asked;
  const before = await look();
  assert.deepEqual(
    [before.busy, before.button, before.cancel, before.status],
    [true, texts["form.verify_busy"], texts["form.cancel"], texts["status.checking"]],
  );
  await run("element.remove()");
  // Before the service has said anything.
  await until("the end of the question", () => run("return window.settled === null && !element.busy"));
  release();
  await run("document.querySelector('main').append(element)");
  const back = await look();
  assert.deepEqual([names(back.told), back.verdict, back.busy], [["hyperstack-verify"], null, false]);
  assert.equal((await verify(VALID)).verdict, "valid", "it works where it is put back");
  await assertNoComplaints();
});

test("a moved element continues", async () => {
  const { asked, release } = hold();
  await open(`${tag()}<div id="there"></div>`);
  await run("document.getElementById('one').verify(arguments[0])", VALID);
  await asked;
  await run("document.getElementById('there').append(document.getElementById('one'))");
  release();
  assert.equal((await result()).verdict, "valid");
});

test("a check can be cancelled, and replaced by another", async () => {
  const { asked, release } = hold();
  await open(tag());
  await run("document.getElementById('one').value = arguments[0]", VALID);
  await click("button");
  await asked;
  await click("button");
  assert.equal(names((await look()).told).length, 1, "a second press does nothing");
  await click("cancel");
  const now = await look();
  assert.deepEqual(
    [now.busy, now.verdict, now.status, now.cancel],
    [false, null, texts["status.cancelled"], null],
  );
  assert.notEqual(now.focus, null, "the focus is not lost with the button");
  answer = handler;
  const later = await run(
    `const element = document.getElementById("one");
     const first = element.verify(arguments[0]);
     const second = element.verify(arguments[1]);
     return Promise.all([first, second]).then(([one, two]) => [one, two.verdict]);`,
    VALID,
    linkTo("DemoExpired000000000000000000003"),
  );
  assert.deepEqual(later, [null, "expired"]);
  assert.equal((await look()).verdict, "expired");
  release();
  await run("document.getElementById('one').reset()");
  const reset = await look();
  assert.deepEqual([reset.value, reset.text, reset.status], ["", null, ""]);
});

test("removes a result when the link, the service or the hosts change", async () => {
  await open(tag());
  const element = "document.getElementById('one')";
  for (const change of [
    `${element}.value = "something else"`,
    `${element}.setAttribute("value", "another")`,
    `${element}.endpoint += "?tenant=2"`,
    `${element}.hosts = ["credentials.acme.example", "hyperstack.id"]`,
  ]) {
    await open(tag());
    assert.equal((await verify(VALID)).verdict, "valid");
    await run(change);
    const now = await look();
    assert.deepEqual([now.verdict, now.text, now.status, now.verification], [null, null, "", null], change);
  }
  await open(tag());
  await verify(VALID);
  await (await partOf("input")).sendKeys("x");
  assert.equal((await look()).verdict, null, "typed");
  await verify(VALID);
  await run(`${element}.value = ${element}.value; ${element}.endpoint = ${element}.endpoint`);
  assert.equal((await look()).verdict, "valid", "the same again changes nothing");
  await assertNoComplaints();
});

test("takes hosts as a list, or separated by spaces as a framework passes an attribute", async () => {
  await open(tag());
  const element = "document.getElementById('one')";
  const hosts = ["credentials.acme.example", "hyperstack.id"];
  for (const given of [hosts, hosts.join(" ")]) {
    await run(`${element}.hosts = arguments[0]`, given);
    assert.deepEqual(await run(`return ${element}.hosts`), hosts);
  }
});

test("ends a check when service or hosts change; with auto, checks again", async () => {
  const { asked, release } = hold();
  await open(tag());
  await run(
    "document.getElementById('one').verify(arguments[0]).then((value) => { window.settled = value; })",
    VALID,
  );
  await asked;
  await run("document.getElementById('one').hosts = ['credentials.acme.example']");
  const now = await look();
  assert.deepEqual([now.busy, now.verdict, now.status], [false, null, texts["status.cancelled"]]);
  release();
  await until("the end", () => run("return window.settled === null"));
  assert.equal((await look()).verdict, null);
  answer = handler;
  await run("document.getElementById('one').auto = true");
  await until("the new hosts' word", async () => (await look()).verdict === "untrusted_host");
  await run("document.getElementById('one').removeAttribute('hosts')");
  await until("the default's", async () => (await look()).verdict === "valid");
});

test("inherited page styles do not hide or garble a verdict", async () => {
  await open(tag());
  await run(
    `const sheet = new CSSStyleSheet();
     sheet.replaceSync(\`* { text-indent: -9999px; letter-spacing: -1em; word-spacing: 9em; white-space: nowrap;
       text-transform: lowercase; text-align: right; position: static }
       p, h2, button, input, .card, bdi { display: none !important } h2 { color: transparent }\`);
     document.adoptedStyleSheets = [sheet];`,
  );
  await verify(VALID);
  const now = await look();
  assert.deepEqual([now.heading, now.button], [texts["verdict.valid.title"], texts["form.verify"]]);
  await browser.setViewport(320, 640);
  const [wide, style] = await run(
    `const heading = document.getElementById("one").shadowRoot.getElementById("verdict");
     const { textIndent, letterSpacing, wordSpacing, whiteSpace, textAlign } = getComputedStyle(heading);
     return [document.documentElement.scrollWidth, [textIndent, letterSpacing, wordSpacing, whiteSpace, textAlign]];`,
  );
  await browser.setViewport(null);
  assert.ok(wide <= 320, `${wide} px wide`);
  assert.deepEqual(style, ["0px", "normal", "0px", "normal", "start"]);
});

test("auto: checks a given value at once, without moving the focus", async () => {
  await open(tag(`auto value="${VALID}?utm_source=x"`));
  const now = await result();
  assert.deepEqual([now.verdict, now.focus, now.value], ["valid", null, `${VALID}?utm_source=x`]);
  await run("document.getElementById('one').setAttribute('value', 'nonsense')");
  await until("the other", async () => (await look()).verdict === "malformed_input");
  assert.equal((await look()).focus, null);
  await run(
    "const e = document.getElementById('one'); e.value = 'nonsense'; e.auto = false; e.value = arguments[0];",
    VALID,
  );
  assert.equal((await look()).told.length, 4, "neither the same again nor without auto");
});

test("uses properties that were set before it was defined", async () => {
  await open(
    `${tag()
      .replace("hyperstack-verify", "hyperstack-later")
      .replace("/hyperstack-verify", "/hyperstack-later")}<hyperstack-verify id="x"></hyperstack-verify>`,
  );
  await run(
    `const element = document.getElementById("one");
     Object.assign(element, { value: arguments[0], auto: true, hosts: ["hyperstack.id"], messages: { "verdict.valid.title": "Yes" } });
     return import("/element.js").then(({ defineHyperstackVerify }) => defineHyperstackVerify("hyperstack-later"));`,
    VALID,
  );
  assert.equal((await result()).heading, "Yes");
});

test("uses a style element without constructable style sheets", async () => {
  headers["content-security-policy"] = policy().replace(
    "style-src 'self'",
    "style-src 'self' 'unsafe-inline'",
  );
  await open(tag());
  const found = await run(`
    delete CSSStyleSheet.prototype.replaceSync;
    const later = document.createElement("hyperstack-verify");
    for (const _ of [1, 2]) document.body.append(later);
    const root = later.shadowRoot;
    return [root.adoptedStyleSheets.length, root.querySelectorAll("style").length, getComputedStyle(later).display];`);
  assert.deepEqual(found, [0, 1, "block"]);
});

test("a page can prevent a check, and show the result itself", async () => {
  await open(tag());
  await run("window.prevented = 'hyperstack-verify'");
  await run("document.getElementById('one').value = arguments[0]", VALID);
  await click("button");
  const vetoed = await look();
  assert.deepEqual([names(vetoed.told), vetoed.busy, service.requests()], [["hyperstack-verify"], false, []]);
  await run("window.prevented = 'hyperstack-result'");
  const verdict = await run("return document.getElementById('one').verify().then(({ verdict }) => verdict)");
  const now = await look();
  assert.deepEqual([verdict, now.text, now.status, now.verification.verdict], ["valid", null, "", "valid"]);
});

test("trusts custom hosts and refuses a look-alike", async () => {
  await open(tag('hosts="credentials.acme.example"'));
  const id = "DemoValid00000000000000000000001";
  assert.equal((await verify(VALID)).verdict, "untrusted_host");
  const alike = await verify(`https://credentials.acme.example.evil.example/credential/${id}`);
  assert.deepEqual(
    [alike.verdict, alike.error.includes(texts["parse.untrusted_host"])],
    ["untrusted_host", true],
  );
  assert.match(alike.text, /credentials\.acme\.example/);
  assert.equal(
    (await verify(`https://hyperstack.id@evil.example/credential/${id}`)).verdict,
    "malformed_input",
  );
  assert.equal((await verify(`https://hyperst\u0430ck.id/credential/${id}`)).verdict, "malformed_input");
  assert.deepEqual(service.requests(), []);
});

test("says that it could not check: wrong settings, or a policy without wasm", async () => {
  const faults = async () => {
    const now = await verify(VALID);
    const [, told] = now.told;
    assert.deepEqual(
      [now.verdict, now.reason, now.verification, told.name],
      ["indeterminate", "page_fault", null, "hyperstack-error"],
    );
    assert.ok(now.text.includes(texts["reason.page_fault"]));
    assert.equal(now.retry, texts["result.retry"]);
    return told.detail.code;
  };
  await open(tag().replace(service.url, "http://evil.example"));
  assert.equal(await faults(), "invalid_request");
  headers["content-security-policy"] = policy("");
  await open(tag());
  assert.equal(await faults(), "wasm_unavailable");
  assert.deepEqual(service.requests(), []);
  await browser.provoked(FORBIDDEN_WASM);
});

test("returns no verdict to an origin that the service does not allow", async () => {
  answer = createVerifyHandler({ client, allowedOrigins: ["https://else.example"] });
  await open(tag());
  const now = await verify(VALID);
  assert.deepEqual([now.verdict, now.reason], ["indeterminate", "network"]);
  await browser.provoked(FORBIDDEN_ORIGIN);
});

test("parts and variables style it, messages and slots replace its texts", async () => {
  const slots =
    '<span slot="label">Certificate</span><span slot="submit">Look it up</span><em slot="hint">From the mail</em>';
  await open(tag('class="styled"', slots) + tag().replace('id="one"', 'id="two"'));
  const styles = () =>
    run(
      `return ["one", "two"].map((id) => {
         const root = document.getElementById(id).shadowRoot;
         const style = (part) => getComputedStyle(root.querySelector('[part~="' + part + '"]'));
         return [style("button").backgroundColor, style("button").letterSpacing, style("input").borderTopLeftRadius,
           style("verdict").textTransform, style("verdict").color, style("card").borderTopStyle];
       });`,
    );
  await run(
    "document.getElementById('one').messages = { 'verdict.valid.title': 'All right', 'form.cancel': '<b>No</b>' }",
  );
  await verify(VALID);
  await verify(VALID, "two");
  const [styled, plain] = await styles();
  assert.deepEqual(styled, ["rgb(1, 2, 3)", "3px", "0px", "uppercase", "rgb(4, 90, 6)", "dashed"]);
  for (const [index, value] of plain.entries()) assert.notEqual(value, styled[index]);
  const now = await look();
  assert.equal(now.heading, "ALL RIGHT");
  const [label, hint, submit] = await run(
    `return ["label", "hint", "submit"].map((name) => document.getElementById("one").shadowRoot
       .querySelector('slot[name="' + name + '"]').assignedNodes()[0]?.textContent);`,
  );
  assert.deepEqual([label, hint, submit], ["Certificate", "From the mail", "Look it up"]);
  assert.equal(await (await partOf("input")).getAccessibleName(), "Certificate");
  assert.equal(await run("return document.getElementById('one').shadowRoot.querySelectorAll('b').length"), 0);
  await assertNoComplaints();
});

test("runs the page of the documentation", async () => {
  const page = readFileSync(new URL("../../docs/element.md", import.meta.url), "utf8");
  const [, body] = /```html\n([\s\S]*?)```/.exec(page);
  const script = example("element");
  files["/verify.js"] = script.replace("hyperstack-credentials/element", "/element.js");
  files["/index.html"] = html(
    body.replace("https://verify.acme.example", service.url).replace("<hyperstack-verify", '$& id="one"'),
  ).replace('<script type="module" src="/main.js"></script>', "");
  await browser.driver.get(`${site.url}/`);
  await until("the element", () => run("return document.getElementById('one').shadowRoot !== null"));
  await run("document.getElementById('one').value = arguments[0]", VALID);
  await click("button");
  assert.match(
    await until("the title", async () => {
      const title = await browser.driver.getTitle();
      return title !== "Somebody's page" && title;
    }),
    /^valid \(\d{4}-.*Z\)$/,
  );
  await assertNoComplaints();
});

for (const language of languages) {
  test(`shows every text in ${language}, by the language of the page around it`, async () => {
    const its = textsIn(language);
    await open(`<div lang="${language}-x-any">${tag()}</div>`, language === "en" ? "fr" : "en");
    const now = await verify(samples.find(({ name }) => name === "valid_private").input);
    assert.deepEqual(
      [now.lang, now.dir, now.label, now.button, now.heading],
      [
        language,
        language === "ar" ? "rtl" : "ltr",
        its["form.link_label"],
        its["form.verify"],
        its["verdict.valid.title"],
      ],
    );
    await assertAccessible(browser, language);
    await takePictures(`language-${language}`);
    // Changed while it is shown.
    await run("document.getElementById('one').lang = 'en'");
    assert.equal((await look()).heading, texts["verdict.valid.title"]);
    await open(tag("lang='xx'"), language);
    assert.equal((await look()).lang, "en");
  });
}

test("shows a name with markup, hidden characters and 10 kB as text, also at 320 pixels", async () => {
  const name = `<img src=x onerror=alert(1)>\u202egnp.exe ${"W".repeat(10_000)}`;
  const id = await sandboxed.newCredential({
    recipient_name: name,
    recipient_email: "somebody@example.com",
    group_title: `<b>${"M".repeat(300)}</b>`,
  });
  await browser.setViewport(320, 700);
  try {
    await open(tag());
    const now = await verify(linkTo(id));
    assert.equal(now.verdict, "valid");
    assert.ok(now.text.includes("<img src=x onerror=alert(1)>") && now.text.includes("…"));
    assert.ok(now.text.includes(texts["compare.hidden_characters"]));
    const facts = () =>
      run(
        `const root = document.getElementById("one").shadowRoot;
         const named = [...root.querySelectorAll("bdi")].find((bdi) => bdi.textContent.startsWith("<img"));
         return { over: document.documentElement.scrollWidth - document.documentElement.clientWidth, foreign: root.querySelectorAll("img, b, i").length,
           dir: named.dir, long: named.textContent.length };`,
      );
    assert.deepEqual(await facts(), { over: 0, foreign: 0, dir: "auto", long: 161 });
    await click("more");
    assert.deepEqual(await facts(), { over: 0, foreign: 0, dir: "auto", long: name.length });
    await assertAccessible(browser, "a long name");
    await assertNoComplaints();
  } finally {
    await browser.setViewport(null);
  }
});

test("keeps borders in forced colours", async () => {
  await open(tag());
  await verify(linkTo("DemoRevoked000000000000000000005"));
  await browser.setMedia({ forced: true });
  try {
    const [active, card, canvas, width] = await run(
      `const root = document.getElementById("one").shadowRoot;
       const probe = document.body.appendChild(document.createElement("p"));
       probe.id = "probe";
       const style = getComputedStyle(root.querySelector('[part~="card"]'));
       return [matchMedia("(forced-colors: active)").matches, style.borderTopColor, getComputedStyle(probe).color, style.borderTopWidth];`,
    );
    assert.deepEqual([active, card, width], [true, canvas, "2px"]);
    assert.equal((await look()).heading, texts["verdict.revoked.title"]);
  } finally {
    await browser.setMedia();
  }
});
