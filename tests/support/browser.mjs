/**
 * Starts a browser for tests: Chromium or Firefox, by the environment variable BROWSER, driven by WebDriver with BiDi.
 * From before any script of a page runs, it records network requests and what must not happen: violations of the
 * Content-Security-Policy, errors and warnings on the console, uncaught exceptions.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser, Builder, logging } from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import firefox from "selenium-webdriver/firefox.js";

export const browserName = process.env.BROWSER ?? "chromium";

/** Runs in the page, before its own scripts. */
const watch = `() => {
  const violations = [];
  Object.defineProperty(window, "__violations", { value: violations });
  document.addEventListener("securitypolicyviolation", (event) => {
    violations.push([event.effectiveDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(" "));
  });
}`;

/**
 * `watchNetwork: false` where nobody asks for `requests()`: taking them down slows each one. `camera: true` gives pages a
 * camera that shows a test picture, without asking anybody.
 */
export async function startBrowser({ watchNetwork = true, camera = false } = {}) {
  const driver = await (browserName === "firefox" ? startFirefox(camera) : startChromium(camera));
  const bidi = await driver.getBidi();
  const send = async (method, params) => {
    const answer = await bidi.send({ method, params });
    if (answer.error) throw new Error(`${method}: ${answer.error}: ${answer.message}`);
    return answer.result;
  };
  const complaints = [];
  bidi.on("log.entryAdded", ({ level, type, text }) => {
    if (level !== "debug" && level !== "info") complaints.push(`${type} ${level}: ${text}`);
  });
  let requests = [];
  bidi.on("network.beforeRequestSent", ({ request }) => requests.push(`${request.method} ${request.url}`));
  const network = watchNetwork ? ["network.beforeRequestSent"] : [];
  await send("session.subscribe", { events: ["log.entryAdded", ...network] });
  await send("script.addPreloadScript", { functionDeclaration: watch });
  const context = await driver.getWindowHandle();

  /** Runs a function in the page; it may use its arguments and the page, nothing else. */
  const run = (code, ...args) => driver.executeScript(code, ...args);

  /** Returns the page's complaints since the last call, violations of its policy included. */
  async function takeComplaints() {
    const violations = await run("return window.__violations?.splice(0) ?? ['the watcher is missing']");
    return [
      ...violations.map((text) => `CSP: ${text}`),
      ...complaints.splice(0),
      ...(await browserLog(driver)),
    ];
  }

  return {
    driver,
    run,
    keys: (...keys) =>
      driver
        .actions()
        .sendKeys(...keys)
        .perform(),
    setViewport: (width, height) =>
      send("browsingContext.setViewport", { context, viewport: width ? { width, height } : null }),

    /** Runs a function (as text) in every page before its own scripts, until what this gives is called. */
    async preload(functionDeclaration) {
      const { script } = await send("script.addPreloadScript", { functionDeclaration });
      return () => send("script.removePreloadScript", { script });
    },

    /**
     * Looks at pages as on a dark screen, on paper, or with the few colours of a high-contrast mode; without arguments as
     * usual.
     */
    async setMedia({ scheme = "light", medium = "", forced = false } = {}) {
      if (browserName === "firefox") {
        await driver.setContext("chrome");
        await run(
          `const { browsingContext } = gBrowser.selectedBrowser;
           browsingContext.prefersColorSchemeOverride = arguments[0];
           browsingContext.mediumOverride = arguments[1];
           browsingContext.forcedColorsOverride = arguments[2];`,
          scheme,
          medium,
          forced ? "active" : "none",
        );
        await driver.setContext("content");
      } else {
        await driver.sendDevToolsCommand("Emulation.setEmulatedMedia", {
          media: medium,
          features: [
            { name: "prefers-color-scheme", value: scheme },
            { name: "forced-colors", value: forced ? "active" : "none" },
          ],
        });
      }
    },

    /** A picture of the whole page ("document"), or of what is in the window ("viewport"), as PNG. */
    async screenshot(path, origin = "document") {
      const { data } = await send("browsingContext.captureScreenshot", { context, origin });
      writeFileSync(path, Buffer.from(data, "base64"));
    },

    complaints: takeComplaints,

    /**
     * Waits for the complaints that a test provokes: one for each pattern of this browser, in any order. A browser may report
     * them late, and the next test must not find them. Returns all complaints until then.
     *
     * @param {{ chromium: RegExp[], firefox: RegExp[] }} patterns
     */
    async provoked({ [browserName]: patterns }) {
      const found = [];
      const missing = () => {
        const others = [...found];
        return patterns.filter((pattern) => {
          const at = others.findIndex((text) => pattern.test(text));
          if (at >= 0) others.splice(at, 1);
          return at < 0;
        });
      };
      const deadline = performance.now() + 5000;
      for (;;) {
        found.push(...(await takeComplaints()));
        if (missing().length === 0) return found;
        if (performance.now() > deadline) {
          throw new Error(`no complaint is ${missing().join(", ")}: ${JSON.stringify(found)}`);
        }
        await sleep(20);
      }
    },

    /** What went over the network since the last call, as "GET <address>". */
    requests() {
      const sent = requests;
      requests = [];
      return sent;
    },

    stop: () => driver.quit(),
  };
}

/** Chromium's own log, which also has what the network and the policy said; Firefox has none. */
async function browserLog(driver) {
  if (browserName === "firefox") return [];
  const entries = await driver.manage().logs().get("browser");
  return entries
    .filter(({ level }) => level.value >= logging.Level.WARNING.value)
    .map(({ level, message }) => `log ${level.name}: ${message}`);
}

async function startChromium(camera) {
  const options = new chrome.Options()
    .setChromeBinaryPath(required("CHROMIUM"))
    .addArguments(
      "--headless=new",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      // Without these it calls its maker at every start, which fails slowly offline.
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Containers give /dev/shm 64 MB, too little for it.
      "--disable-dev-shm-usage",
      // A page is as wide as its window, in pictures too.
      "--hide-scrollbars",
      "--lang=en-GB",
      "--window-size=1280,900",
    )
    .enableBidi();
  if (camera) options.addArguments("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream");
  // Its sandbox refuses to work as root; for any other user it stays on.
  if (process.getuid?.() === 0) options.addArguments("--no-sandbox");
  options.set("goog:loggingPrefs", { browser: "ALL" });
  return new Builder()
    .forBrowser(Browser.CHROME)
    .setChromeOptions(options)
    .setChromeService(new chrome.ServiceBuilder(required("CHROMEDRIVER")))
    .build();
}

async function startFirefox(camera) {
  const options = new firefox.Options()
    .setBinary(required("FIREFOX"))
    .addArguments("-headless", "--width=1280", "--height=900")
    .setPreference("intl.accept_languages", "en-GB, en")
    // The Tab key stops at everything that can be operated.
    .setPreference("accessibility.tabfocus", 7)
    .enableBidi();
  if (camera) {
    options.setPreference("media.navigator.streams.fake", true);
    options.setPreference("media.navigator.permission.disabled", true);
  }
  // Access to the browser itself is what `setMedia` needs.
  return new Builder()
    .forBrowser(Browser.FIREFOX)
    .setFirefoxOptions(options)
    .setFirefoxService(
      new firefox.ServiceBuilder(required("GECKODRIVER")).addArguments("--allow-system-access"),
    )
    .build();
}

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run these tests by cargo xtask test --only test-page`);
  return value;
}

/** Polls until `look` gives something. */
export async function until(what, look, milliseconds = 15_000) {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${milliseconds / 1000} s`);
    await sleep(20);
  }
}
