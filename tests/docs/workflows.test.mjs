/** Tests the workflows of .github: actionlint passes, every action is pinned, and they call the repository's commands. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { createLinter } from "actionlint";
import { parse } from "yaml";

const folder = new URL("../../.github/workflows/", import.meta.url);
const workflows = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]);
const text = (name) => workflows.find(([file]) => file === name)[1];
const stepsOf = (workflow) => Object.values(parse(workflow).jobs).flatMap(({ steps }) => steps);

let lint;
before(async () => {
  lint = await createLinter();
});

describe("the workflows", () => {
  for (const [name, workflow] of workflows) {
    test(`${name} passes actionlint`, () => assert.deepEqual(lint(workflow, name), []));

    test(`${name} pins every action to a commit and names its version`, () => {
      const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action);
      assert.ok(uses.length > 0);
      for (const action of uses) assert.match(action, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test(`${name} grants no more than it needs`, () =>
      assert.deepEqual(parse(workflow).permissions, { contents: "read" }));
  }

  test("CI runs .ci/run", () => {
    assert.ok(stepsOf(text("ci.yml")).some(({ run }) => run === ".ci/run"));
  });

  test("a release is checked and tested before anything is published", () => {
    const { jobs } = parse(text("release.yml"));
    const commands = jobs.test.steps.flatMap(({ run }) => run ?? []);
    assert.deepEqual(commands.slice(-3), [
      'cargo xtask release-check "$GITHUB_REF_NAME"',
      ".ci/run",
      "cargo xtask pack",
    ]);
    for (const [name, job] of Object.entries(jobs))
      if (name !== "test") assert.equal(job.needs, "test", name);
    assert.equal(jobs.npm.permissions["id-token"], "write");
    assert.ok(jobs.npm.steps.some(({ run }) => run?.includes("--provenance")));
  });
});

describe("actionlint", () => {
  const broken = (change) => change(text("ci.yml"));
  for (const [name, change, message] of [
    [
      "an unknown job",
      (workflow) => workflow.replace("    steps:", "    needs: build\n    steps:"),
      /needs job "build"/,
    ],
    [
      "an unknown context",
      (workflow) => workflow.replace("runner.os", "runner.system"),
      /"system" is not defined/,
    ],
    [
      "an unknown key",
      (workflow) => workflow.replace("timeout-minutes", "timeout"),
      /unexpected key "timeout"/,
    ],
  ]) {
    test(`finds ${name}`, () => {
      assert.match(
        lint(broken(change), "ci.yml")
          .map((found) => found.message)
          .join("\n"),
        message,
      );
    });
  }
});
