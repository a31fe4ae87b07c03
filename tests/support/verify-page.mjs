/**
 * Owns what tests do on the verify page and what they read from it, by the hooks that www/src/app.ts promises.
 */
import { until } from "./browser.mjs";

/** Everything there is to know of the page at one moment, in one go. */
const snapshot = `
  const result = document.getElementById("result");
  const shown = (element) => element !== null && element.checkVisibility();
  const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? null;
  const compare = document.getElementById("compare");
  const active = document.activeElement;
  return {
    outcome: result.getAttribute("data-outcome"),
    verdict: result.getAttribute("data-verdict"),
    reason: result.getAttribute("data-reason"),
    busy: result.getAttribute("aria-busy"),
    tone: document.querySelector(".verdict-card")?.getAttribute("data-tone") ?? null,
    ticks: document.querySelectorAll(".icon-shield-check, .icon-check").length,
    heading: text("#verdict-title"),
    meaning: text(".verdict-meaning"),
    parts: Object.fromEntries([...document.querySelectorAll("[data-part]")].map((part) => [
      part.getAttribute("data-part"), part.querySelector("p").textContent])),
    text: result.innerText,
    checks: [...document.querySelectorAll("[data-check]")].map((line) => ({
      id: line.getAttribute("data-check"),
      state: line.getAttribute("data-state"),
      code: line.getAttribute("data-code"),
      text: line.innerText,
    })),
    times: [...document.querySelectorAll(".verdict-card > .facts time")].map((time) => ({
      iso: time.getAttribute("datetime"), text: time.textContent })),
    compare: compare === null ? null : compare.innerText,
    withheld: [...document.querySelectorAll("[data-withheld]")].map((field) => field.getAttribute("data-withheld")),
    progress: document.getElementById("progress") !== null,
    status: text("#status"),
    statusRole: document.getElementById("status").getAttribute("role"),
    title: document.title,
    fieldError: shown(document.getElementById("field-error")) ? text("#field-error") : null,
    invalid: document.getElementById("credential-url").getAttribute("aria-invalid"),
    link: document.getElementById("credential-url").value,
    name: document.getElementById("recipient-name").value,
    cancel: shown(document.getElementById("cancel-button")),
    retry: text("#retry-button"),
    retryWaits: document.getElementById("retry-button")?.getAttribute("aria-disabled") ?? null,
    focus: active === null ? null : active.id || active.getAttribute("data-sample") || active.localName,
    hash: location.hash,
    address: location.href,
    source: document.documentElement.outerHTML,
  };`;

/** @param browser from startBrowser; @param {string} url of the page, with "/" at its end */
export function verifyPage(browser, url) {
  const { run } = browser;
  const look = () => run(snapshot);
  const page = {
    look,
    /** Loads the page, in a new document even where only the fragment differs, until it has all it needs. */
    async open(fragment = "") {
      await browser.driver.get("about:blank");
      await browser.driver.get(url + fragment);
      await until("the samples and the verifier", () =>
        run(
          `return document.querySelector("[data-sample]") !== null &&
             performance.getEntriesByType("resource").some(
               ({ name, responseEnd }) => name.endsWith(".wasm") && responseEnd > 0);`,
        ),
      );
    },
    /** Clicks as a user does, wherever on the page it is. */
    async click(selector) {
      const element = await browser.driver.findElement({ css: selector });
      await run("arguments[0].scrollIntoView({ block: 'center' })", element);
      await element.click();
    },
    /** Fills in the form and sends it, without waiting for what comes of it. */
    async submit(link, name = null) {
      await run(
        `const [link, name] = arguments;
         document.getElementById("credential-url").value = link;
         document.getElementById("name-disclosure").open = name !== null;
         document.getElementById("recipient-name").value = name ?? "";
         document.getElementById("verify-form").requestSubmit();`,
        link,
        name,
      );
    },
    /** What is shown once there is a result. */
    async result(verdict = null) {
      await until(`a result${verdict ? ` "${verdict}"` : ""}`, () =>
        run(
          `const result = document.getElementById("result");
           const found = result.getAttribute("data-verdict");
           return result.getAttribute("aria-busy") === "false" && found !== null && [null, found].includes(arguments[0]);`,
          verdict,
        ),
      );
      return look();
    },
    async verify(link, name = null) {
      await page.submit(link, name);
      return page.result();
    },
  };
  return page;
}
