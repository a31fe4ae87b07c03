/**
 * Checks accessibility: axe-core in the page, with the rules of WCAG 2.2 AA and its best practices.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const source = readFileSync(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/** Asserts that axe finds nothing on the page as it is now. `rules` limits it to those. */
export async function assertAccessible(browser, what, rules = null) {
  if (!(await browser.run("return typeof window.axe === 'object'"))) await browser.run(source);
  const result = await browser.driver.executeAsyncScript(
    `const [tags, rules, done] = arguments;
     const runOnly = rules === null ? { type: "tag", values: tags } : { type: "rule", values: rules };
     // Without preload: it would fetch the style sheets anew.
     axe.run(document, { runOnly, preload: false, resultTypes: ["violations"] }).then(
       ({ violations, passes }) => done({
         passes: passes.length,
         violations: violations.map(({ id, help, nodes }) =>
           id + ": " + help + "\\n" + nodes.map(({ html, failureSummary }) => html + "\\n" + failureSummary).join("\\n")),
       }),
       (error) => done({ passes: 0, violations: ["axe failed: " + error] }),
     );`,
    tags,
    rules,
  );
  assert.deepEqual(result.violations, [], `${what}:\n${result.violations.join("\n")}`);
  assert.ok(result.passes >= (rules?.length ?? 15), `${what}: only ${result.passes} rules applied`);
}
