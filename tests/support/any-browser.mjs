/** Chooses the browser for tests that only need a page and its errors. */
import { startBrowser, until } from "./browser.mjs";
import { startWebKit } from "./webkit.mjs";

export { until };

/** Chromium, Firefox or WebKit, as BROWSER says. */
export const startTestBrowser = () => (process.env.BROWSER === "webkit" ? startWebKit() : startBrowser());
