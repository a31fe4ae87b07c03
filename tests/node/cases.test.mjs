/**
 * The folder of cases (tests/vectors/README.md): through the shipped wasm in Node, whole by its names, and as the samples
 * that the sandbox and the page offer.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import * as api from "hyperstack-credentials";
import { runCase } from "../support/case-run.mjs";
import { loadCases, sampleCases } from "../support/cases.mjs";
import { steer } from "../support/control.mjs";
import { startSandbox } from "../support/processes.mjs";
import { importSource } from "../support/source.mjs";

const cases = loadCases();
const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

test("every case has its expected result, in the shipped wasm", async () => {
  assert.ok(cases.length >= 400, `${cases.length} cases`);
  for (const each of cases) assert.deepEqual(await runCase(api, each), [], `${each.name}: ${each.why}`);
});

test("finds a wrong case", async () => {
  const base = cases.find(({ name }) => name === "link_plain_ok");
  const wrong = (changes) => runCase(api, { ...base, ...changes });
  assert.match(
    (await wrong({ expected: { ...base.expected, verdict: "revoked" } })).join(),
    /verdict is "valid"/,
  );
  assert.match(
    (await wrong({ expected: { ...base.expected, extra: 1 } })).join(),
    /extra is undefined, not 1/,
  );
  const body = { ...base.answer.body, status: "revoked" };
  assert.match((await wrong({ answer: { ...base.answer, body } })).join(), /outcome is "not_verified"/);
  const { checks, ...less } = base.expected;
  assert.match((await wrong({ expected: less })).join(), /checks is \[/);
  const told = { recipient: { name: "Zoë", email: "valid" } };
  assert.match(
    (await wrong({ answer: { ...base.answer, body: { ...base.answer.body, ...told } } })).join(),
    /address is told/,
  );
  assert.match((await wrong({ answer: null })).join(), /asked: GET/);
});

describe("whole", () => {
  const codes = JSON.parse(read("tests/vectors/codes.json"));
  const checks = cases.flatMap(({ expected }) => expected.checks);
  const occurring = {
    outcomes: cases.map(({ expected }) => expected.outcome),
    verdicts: cases.map(({ expected }) => expected.verdict),
    reasons: cases.map(({ expected }) => expected.reason).filter((reason) => reason !== null),
    checks: checks.filter(({ state }) => state !== "skipped").map(({ id }) => id),
    states: checks.map(({ state }) => state),
    check_codes: checks.map(({ code }) => code),
  };
  for (const [kind, found] of Object.entries(occurring)) {
    test(`all ${kind} occur in some case, and no others`, () => {
      assert.deepEqual([...new Set(found)].sort(), [...codes[kind]].sort());
    });
  }

  test("every pair of headlines occurs in a case, and the first decides", () => {
    // What a case shows of each: its status, its dates, its name.
    const shows = {
      revoked: ({ answer }) => answer?.body?.status === "revoked",
      suspended: ({ answer }) => answer?.body?.status === "suspended",
      unpublished: ({ answer }) => answer?.body?.status === "unpublished",
      expired: ({ answer, policy }) =>
        answer?.body?.status === "expired" ||
        Date.parse(answer?.body?.valid_until) + 300_000 < Date.parse(policy.now),
      not_yet_valid: ({ answer, policy }) =>
        Date.parse(answer?.body?.issued_on) - 300_000 > Date.parse(policy.now),
      recipient_mismatch: ({ policy }) => policy.recipientName === "Someone Else",
    };
    const names = Object.keys(shows);
    const statuses = names.slice(0, 3);
    for (const [at, first] of names.entries()) {
      for (const second of names.slice(at + 1)) {
        // A credential has one status.
        if (statuses.includes(first) && statuses.includes(second)) continue;
        const both = cases.filter(
          (each) => shows[first](each) && shows[second](each) && each.suffix === "fail",
        );
        const settled = both.filter((each) => names.filter((name) => shows[name](each)).length === 2);
        assert.ok(settled.length > 0, `no case has both ${first} and ${second}`);
        for (const { name, expected } of settled) assert.equal(expected.verdict, first, name);
      }
    }
  });
});

describe("samples", () => {
  let sandbox;
  let planted;
  before(async () => {
    sandbox = await startSandbox({ seed: "demo" });
    planted = await steer(sandbox).samples();
  });
  after(() => sandbox?.stop());

  const DAY = 86_400_000;
  /** The same with every instant as days from `now`: the sandbox's dates are relative to its start. */
  const relative = (value, now) =>
    JSON.parse(
      JSON.stringify(value).replaceAll(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, (text) => {
        const days = (Date.parse(JSON.parse(text)) - now) / DAY;
        assert.ok(Math.abs(days - Math.round(days)) < 0.01, `${text} is ${days} days from now`);
        return JSON.stringify(`${Math.round(days)} days`);
      }),
    );

  test("every sample is a case, and every such case is a sample", async () => {
    assert.deepEqual(planted.map(({ name }) => name).sort(), [...sampleCases().keys()].sort());
    const { groups } = await importSource("www/src/sample-list.ts");
    assert.deepEqual(
      groups.flatMap(({ names }) => names).sort(),
      [...sampleCases().keys()].sort(),
      "the page has a place for each",
    );
  });

  for (const [name, each] of sampleCases()) {
    test(`${name}: the sandbox and the package have the case's result`, async () => {
      const { input, recipient_name } = planted.find((sample) => sample.name === name);
      assert.deepEqual([input, recipient_name], [each.input, each.policy.recipientName]);
      const now = Date.now();
      const then = Date.parse(each.policy.now);
      if (each.answer) {
        const { id } = each.expected.subject;
        const answer = await fetch(`${sandbox.url}/v1/credential/${id}/view`, {
          headers: { authorization: `Bearer ${sandbox.token}` },
        });
        assert.equal(answer.status, each.answer.status);
        assert.deepEqual(relative(await answer.json(), now), relative(each.answer.body, then));
      }
      const client = new api.Hyperstack({ token: sandbox.token, baseUrl: sandbox.url, maxRetries: 0 });
      const { verifier, now_source, ...found } = await client.verify(input, {
        recipientName: recipient_name,
      });
      const { now_source: _, ...expected } = each.expected;
      assert.deepEqual(relative(found, now), relative(expected, then));
      assert.equal(now_source, "system");
    });
  }
});
