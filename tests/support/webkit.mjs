/**
 * Starts WebKit for tests: WebKitGTK's MiniBrowser on a virtual screen, driven by WebDriver. The driver cannot read the
 * console, so a page's errors are not recorded.
 */
import { Builder, Capabilities } from "selenium-webdriver";
import { freePort, startProgram } from "./processes.mjs";

export async function startWebKit() {
  // It prints the number of the screen that it took.
  const screen = await startProgram("Xvfb", "Xvfb", ["-displayfd", "1", "-nolisten", "tcp"], {
    ready: (logs) => /^(\d+)$/m.exec(logs)?.[1],
  });
  const port = await freePort();
  const env = { ...process.env, DISPLAY: `:${screen.found}`, WEBKIT_DISABLE_COMPOSITING_MODE: "1" };
  const url = `http://127.0.0.1:${port}`;
  const service = await startProgram("WebKitWebDriver", process.env.WEBKIT_DRIVER, [`--port=${port}`], {
    env,
    // It says nothing when it is ready.
    ready: () =>
      fetch(`${url}/status`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  const capabilities = new Capabilities({
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary: process.env.WEBKIT, args: ["--automation"] },
  });
  const driver = await new Builder().usingServer(url).withCapabilities(capabilities).build();
  return {
    driver,
    complaints: async () => [],
    provoked: async () => [],
    async stop() {
      await driver.quit();
      await service.stop();
      await screen.stop();
    },
  };
}
