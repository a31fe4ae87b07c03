/** CHANGELOG.md: the format of Keep a Changelog, with entries of one line, for this version. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const LONGEST = 140;
const SECTIONS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/** Returns a sentence for each fault in the changelog of a package with that version. */
function faultsOf(changelog, version) {
  const faults = [];
  const [, body] = /^# Changelog\n([\s\S]*)/.exec(changelog) ?? [];
  if (body === undefined) return ["it does not begin with `# Changelog`"];
  const releases = [...body.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  for (const heading of releases) {
    if (!/^\[(?:Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$)/.test(heading))
      faults.push(`## ${heading} is neither [Unreleased] nor [version] - date`);
  }
  if (!releases.some((heading) => heading === "[Unreleased]" || heading.startsWith(`[${version}] - `)))
    faults.push(`there is neither [Unreleased] nor [${version}]`);
  let isList = false;
  for (const line of body.split("\n")) {
    const [, section] = /^### (.*)/.exec(line) ?? [];
    if (section !== undefined) {
      isList = true;
      if (!SECTIONS.includes(section)) faults.push(`### ${section} is no section`);
    } else if (line.startsWith("## ")) isList = false;
    else if (isList && line !== "") {
      if (!line.startsWith("- ")) faults.push(`not an entry of one line: ${line}`);
      else if (line.length > LONGEST) faults.push(`${line.length} characters, more than ${LONGEST}: ${line}`);
      else if (!line.endsWith(".")) faults.push(`no sentence: ${line}`);
    }
  }
  return faults;
}

test("CHANGELOG.md has the format, and entries of one line", () => {
  const [, version] = /\[workspace\.package\]\s+version = "([^"]+)"/.exec(read("Cargo.toml"));
  assert.deepEqual(faultsOf(read("CHANGELOG.md"), version), []);
});

describe("the check", () => {
  const changelog = (...lines) => ["# Changelog", "", ...lines, ""].join("\n");
  test("accepts a release and what follows it", () => {
    const text = changelog(
      "## [Unreleased]",
      "",
      "## [1.2.3] - 2026-12-01",
      "",
      "### Fixed",
      "",
      "- A fault.",
    );
    assert.deepEqual(faultsOf(text, "1.2.3"), []);
  });
  for (const [name, text, fault] of [
    ["another title", "# History\n", "it does not begin with `# Changelog`"],
    ["no release", changelog("## [1.0.0] - 2026-01-01"), "there is neither [Unreleased] nor [1.2.3]"],
    [
      "another heading",
      changelog("## [Unreleased]", "## 1.2.3"),
      "## 1.2.3 is neither [Unreleased] nor [version] - date",
    ],
    ["another section", changelog("## [Unreleased]", "### News"), "### News is no section"],
    [
      "a second line",
      changelog("## [Unreleased]", "### Added", "- One.", "  Two."),
      "not an entry of one line:   Two.",
    ],
    [
      "a long line",
      changelog("## [Unreleased]", "### Added", `- ${"a".repeat(LONGEST)}.`),
      `143 characters, more than 140: - ${"a".repeat(LONGEST)}.`,
    ],
  ]) {
    test(`finds ${name}`, () => assert.deepEqual(faultsOf(text, "1.2.3"), [fault]));
  }
});
