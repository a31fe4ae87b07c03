/**
 * Reads the cases (tests/vectors/README.md) and finds those of the sandbox's samples. `case-run.mjs` runs a case, also
 * in pages and Workers.
 */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../vectors/", import.meta.url);

/** Every case, as `{ name, suffix, input, answer, policy, expected, why }`, in the order of their names. */
export function loadCases() {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const text = (file) => readFileSync(new URL(`${name}/${file}`, folder), "utf8");
      return {
        name,
        suffix: name.split("_").at(-1),
        input: text("input.txt"),
        answer: JSON.parse(text("answer.json")),
        policy: JSON.parse(text("policy.json")),
        expected: JSON.parse(text("expected.json")),
        why: text("why.txt").trim(),
      };
    });
}

/** The cases that the sandbox's samples are, by the sample's name: `sample_<name>_<suffix>`. */
export function sampleCases() {
  const samples = loadCases().filter(({ name }) => name.startsWith("sample_"));
  return new Map(samples.map((each) => [each.name.slice("sample_".length, -1 - each.suffix.length), each]));
}
