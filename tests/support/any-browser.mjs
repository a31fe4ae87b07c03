/** Owns the choice of the browser for tests that ask no more of one than a page and its complaints. */
import { startBrowser, until } from "./browser.mjs";
import { startWebKit } from "./webkit.mjs";

export { until };

/** Chromium, Firefox or WebKit, as BROWSER says. */
export const startTestBrowser = () => (process.env.BROWSER === "webkit" ? startWebKit() : startBrowser());
