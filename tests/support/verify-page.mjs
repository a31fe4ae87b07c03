/**
 * Uses and reads the verify page in tests, by the hooks that www/src/app.ts documents.
 */
import { until } from "./browser.mjs";

/** Everything there is to know of the page at one moment, in one go. */
const snapshot = `
  const result = document.getElementById("result");
  const shown = (element) => element !== null && element.checkVisibility();
  const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? null;
  const card = document.querySelector(".verdict-card");
  // A credential is shown where its dates are.
  const disclosed = card !== null && card.querySelectorAll("#facts time").length > 1;
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
    subject: text("#subject"),
    folded: !shown(document.getElementById("form-part")),
    parts: Object.fromEntries([...document.querySelectorAll("[data-part]")].map((part) => [
      part.getAttribute("data-part"), part.textContent])),
    // Folded parts included.
    text: result.textContent,
    words: result.innerText.trim().split(/\\s+/).length,
    checks: [...document.querySelectorAll("[data-check]")].map((line) => ({
      id: line.getAttribute("data-check"),
      state: line.getAttribute("data-state"),
      code: line.getAttribute("data-code"),
      text: line.textContent,
    })),
    times: [...document.querySelectorAll("#facts > div:last-child time, #details dl > div:last-child time")].map((time) => ({
      iso: time.getAttribute("datetime"), text: time.textContent })),
    compare: disclosed ? ["#subject", "#facts", "#details"].map((part) => card.querySelector(part).textContent).join("\\n") : null,
    withheld: [...document.querySelectorAll("[data-withheld]")].map((field) => field.getAttribute("data-withheld")),
    progress: shown(document.getElementById("progress")),
    progressText: text("#progress-text"),
    status: text("#status"),
    statusRole: document.getElementById("status").getAttribute("role"),
    title: document.title,
    fieldError: shown(document.getElementById("field-error")) ? text("#field-error") : null,
    invalid: document.getElementById("credential-url").getAttribute("aria-invalid"),
    link: document.getElementById("credential-url").value,
    name: document.getElementById("recipient-name").value,
    cancel: shown(document.getElementById("cancel-button")),
    suggestion: text("#suggestion bdi"),
    retry: text("#retry-button"),
    retryWaits: document.getElementById("retry-button")?.getAttribute("aria-disabled") ?? null,
    focus: active === null ? null : active.id || active.getAttribute("data-sample") || active.localName,
    hash: location.hash,
    address: location.href,
    source: document.documentElement.outerHTML,
  };`;

/** The list's form and rows at one moment. */
const listSnapshot = `
  const shown = (element) => element !== null && element.checkVisibility();
  const text = (id) => document.getElementById(id)?.textContent.trim() ?? null;
  const active = document.activeElement;
  return {
    run: document.getElementById("list").dataset.run,
    error: shown(document.getElementById("list-error")) ? text("list-error") : null,
    invalid: document.getElementById("list-text").getAttribute("aria-invalid"),
    status: text("list-status"),
    start: shown(document.getElementById("list-start")) ? text("list-start-text") : null,
    stop: shown(document.getElementById("list-stop")),
    again: text("list-again"),
    progress: shown(document.getElementById("list-progress"))
      ? [document.getElementById("list-progress").value, document.getElementById("list-progress").max] : null,
    progressText: text("list-progress-text"),
    focus: active === null ? null : active.id || active.localName,
    filters: Object.fromEntries([...document.querySelectorAll("[data-show]")].filter(shown).map((button) =>
      [button.dataset.show, Number(button.querySelector(".filter-count").textContent)])),
    sorted: [...document.querySelectorAll("[aria-sort]")].map((heading) =>
      [heading.querySelector("button").dataset.sort, heading.getAttribute("aria-sort")]),
    rows: [...document.querySelectorAll("#list-table tbody tr")].filter(shown).map((row) => ({
      number: Number(row.dataset.row),
      outcome: row.dataset.outcome,
      verdict: row.dataset.verdict,
      reason: row.dataset.reason,
      state: row.dataset.state,
      text: row.innerText,
    })),
  };`;

/** Every visible text by the block it stands in, with the QR code by its name. */
const paper = `
  const block = (node) => {
    let element = node.parentElement;
    while (getComputedStyle(element).display.startsWith("inline") || element.localName === "bdi") element = element.parentElement;
    return element;
  };
  const lines = [];
  let last = null;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.getAttribute("role") === "img" && node.checkVisibility()) lines.push("[image: " + node.getAttribute("aria-label") + "]");
      continue;
    }
    const text = node.data.replace(/\\s+/g, " ");
    if (text.trim() === "" || !node.parentElement.checkVisibility({ visibilityProperty: true })) continue;
    if (["SCRIPT", "NOSCRIPT"].includes(node.parentElement.tagName)) continue;
    const said = node.parentElement.closest("time") !== null
      ? "[time]"
      : text.replaceAll(location.origin, "[here]").replace(/hyperstack-credentials \\d\\S*/, "[verifier]");
    const place = block(node);
    if (place === last) {
      if (!(said === "[time]" && lines.at(-1).endsWith("[time]"))) lines[lines.length - 1] += said;
    } else lines.push(said);
    last = place;
  }
  return lines.map((line) => line.trim());`;

/** @param browser from startBrowser; @param {string} url of the page, with "/" at its end */
export function verifyPage(browser, url) {
  const fits = `return document.documentElement.scrollWidth <= document.documentElement.clientWidth
    ? [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility() && !element.closest("textarea, .list-table") &&
          element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
        .map((element) => element.outerHTML.slice(0, 120))
    : ["the page scrolls sideways"]`;
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
    /** What does not fit into a window of 320 px. */
    async tooWide() {
      await browser.setViewport(320, 640);
      try {
        return await run(fits);
      } finally {
        await browser.setViewport(null);
      }
    },
    /** The lines a reader of the printed page sees, times and addresses by their kind. */
    async onPaper() {
      await browser.setMedia({ medium: "print" });
      try {
        return await run(paper);
      } finally {
        await browser.setMedia();
      }
    },
    /** The list, as it is. */
    list: () => run(listSnapshot),
    /** Puts a text into the list's field as pasting does, and waits until it was read. */
    async enterList(text) {
      await run(
        `const field = document.getElementById("list-text");
         document.getElementById("list").setAttribute("data-run", "reading");
         field.value = arguments[0];
         field.dispatchEvent(new Event("input", { bubbles: true }));`,
        text,
      );
      await until("the list to be read", () =>
        run("return document.getElementById('list').getAttribute('data-run') !== 'reading'"),
      );
      return page.list();
    },
    /** What is shown once a run over the list has ended. */
    async listEnd(milliseconds = 60_000) {
      await until(
        "the end of the list",
        () => run("return /^(done|stopped|gave_up)$/.test(document.getElementById('list').dataset.run)"),
        milliseconds,
      );
      return page.list();
    },
  };
  return page;
}
