/**
 * `docs/errors.md` against the sources, both ways: what can occur is explained, what is explained can occur. Codes are
 * append-only, so `tests/vectors/codes.json` keeps all that there ever were.
 *
 * The sources are read as text, by the patterns below. Each has to find something, and every place that makes an error
 * without naming its code has to be known here, so that a code cannot slip past the patterns.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");
const below = (folder, ending) =>
  readdirSync(new URL(folder, root), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(ending))
    .map((file) => read(`${folder}/${file}`));

// Tests stand at the end of a file, and make codes of their own.
const rust = below("src", ".rs")
  .map((text) => text.split("#[cfg(test)]\nmod tests")[0].split("#[cfg(test)]\npub(crate) mod tests")[0])
  .join("\n");
const facade = below("pkg-template/src", ".ts").join("\n");
const page = read("docs/errors.md");
const snapshot = JSON.parse(read("tests/vectors/codes.json"));

/** All matches; none is an error of this test. */
const matches = (text, pattern) => {
  const found = [...text.matchAll(pattern)];
  assert.ok(found.length > 0, `nothing in the sources looks like ${pattern} any more`);
  return found;
};

/** The one match of a pattern that is to find one place. */
const block = (text, pattern) => {
  const found = matches(text, pattern);
  assert.equal(found.length, 1, `${pattern} is in ${found.length} places`);
  return found[0][1];
};

/** `code class` of every error that the sources make. */
const codesOfTheSources = () => {
  const found = new Set();
  const add = (code, name) => found.add(`${code} ${name}`);
  // Error::new(Class::Timeout, "timeout", …), Error::of(…) with findings and, within error.rs, Self::new(…) and Self::of(…).
  for (const [, name, code] of matches(rust, /\b(?:Error|Self)::(?:new|of)\(\s*Class::(\w+),\s*"(\w+)"/g)) {
    add(code, `${name}Error`);
  }
  // A class of `Class::TABLE`, and what stands in for an `error_code` that is not there: "Authentication unauthorized the API …".
  const classTable = block(rust, /\bconst TABLE: &str = "(Validation\n[^"]*)";/g);
  for (const [, name, code] of matches(classTable, /^(\w+) (\w+) ./gm)) add(code, `${name}Error`);
  // row! { "credentials.view" GET "/v1/…" Safe credential_not_found …, of an operation: the same for 404.
  const operations = matches(rust, /\brow! \{\s*"[\w.]+" \w+ "[^"]*" \w+ (\w+)\s/g);
  assert.equal(
    operations.length,
    matches(rust, /\brow! \{/g).length,
    "an operation is written in another way",
  );
  for (const [, code] of operations) add(code, "NotFoundError");
  // let (code, text) = match flaw { Flaw::Truncated => ("truncated", …), … }, in bad_json.
  const flaws = block(rust, /let \(code, text\) = match flaw \{([^}]*)\}/g);
  for (const [, code] of matches(flaws, /=> \("(\w+)"/g)) add(code, "ResponseError");
  // failure("TimeoutError", "not_published", …)
  for (const [, name, code] of matches(facade, /\bfailure\(\s*"(\w+)",\s*"(\w+)"/g)) add(code, name);
  // broken("page_repeated", …), fault("bad_json", …)
  for (const [, code] of matches(facade, /\bbroken\("(\w+)"/g)) add(code, "ResponseError");
  for (const [, code] of matches(facade, /\bfault\("(\w+)"/g)) add(code, "WebhookError");
  // unsound(operation, "too_large", …), and in verifyReceipt refuse("too_large", …)
  for (const [, code] of matches(facade, /\bunsound\(\s*operation,\s*"(\w+)"/g)) add(code, "ReceiptError");
  for (const [, code] of matches(facade, /\brefuse\("(\w+)"/g)) add(code, "ReceiptError");
  // What the API is documented to say, by the status it says it with.
  const classes = {
    200: "NotFoundError",
    400: "BadRequestError",
    402: "InsufficientBalanceError",
    404: "NotFoundError",
    409: "ConflictError",
  };
  for (const { status, response_body: body } of JSON.parse(read("tests/vectors/fixtures.json"))) {
    if (body?.error_code) add(body.error_code, classes[status]);
  }
  return found;
};

/** The rules of the sources, each with its sentences. */
const rulesOfTheSources = () => {
  const found = new Map();
  const add = (rule, sentence) => found.set(rule, (found.get(rule) ?? new Set()).add(sentence));
  const described = block(rust, /\nrules! \{\n([\s\S]*?)\n\}\n/g);
  const rules = matches(described, /^ {4}\w+ '.' "(\w+)" "([^"]*)",$/gm);
  assert.equal(rules.length, described.split("\n").length, "a rule is described in another way");
  for (const [, rule, sentence] of rules) add(rule, sentence);
  // invalid(operation, path, "rule", "sentence"); the sentence may be a constant that stands right before.
  const calls = matches(facade, /\binvalid\(\s*[^,()]+,\s*[^,]+,\s*"(\w+)",\s*(?:"([^"]*)"|(\w+)),?\s*\)/g);
  for (const [, rule, sentence, constant] of calls) {
    add(rule, sentence ?? block(facade, new RegExp(`\\bconst ${constant} =\\s*"([^"]*)"`, "g")));
  }
  // What `unfit` gives, all of it of one rule.
  const unfit = block(facade, /\bconst unfit = [^{]*\{([\s\S]*?)\n\};\n/g);
  for (const [, sentence] of matches(unfit, /"(must [^"]*)"/g)) add("json", sentence);
  // wrong("path", "rule", "sentence"), in issueMany.
  for (const [, rule, sentence] of matches(facade, /\bwrong\(\s*[\w"]+,\s*"(\w+)",\s*"([^"]*)",?\s*\)/g)) {
    add(rule, sentence);
  }
  // must(holds, path, "rule", "sentence"), in createVerifyHandler.
  for (const [, rule, sentence] of matches(
    facade,
    /\bmust\([^;]*?(?:\bpath|`\$\{path\}\.\w+`),\s*"(\w+)",\s*"([^"]*)",?\s*\)/g,
  )) {
    add(rule, sentence);
  }
  // { path, rule: "number", message: "sentence" }
  for (const [, rule, sentence] of matches(facade, /\brule: "(\w+)", message: "([^"]*)"/g))
    add(rule, sentence);
  return found;
};

const reasonsOfTheSources = () => {
  const names = block(rust, /\n {4}Reason \w+ [^{]*\{([^}]*)\}/g);
  const retryable = block(rust, /impl Reason \{[\s\S]*?matches!\(([^)]*)\)/g);
  return new Map(
    matches(names, /(\w+) = "(\w+)"/g).map(([, name, text]) => [
      text,
      new RegExp(`Self::${name}\\b`).test(retryable),
    ]),
  );
};

/** `code status…` of what a verifying service answers. */
const problemsOfTheSources = () => {
  const titles = block(facade, /\bTITLES: Record<string, string> = \{([\s\S]*?)\n\};/g);
  const all = matches(titles, /^ +(\w+):/gm).map(([, code]) => code);
  const statuses = new Map(all.map((code) => [code, new Set()]));
  for (const [, status, code] of matches(facade, /\brefuse\((\d+), "(\w+)"/g)) {
    statuses.get(code).add(Number(status));
  }
  // [400, "invalid_body"] : [500, "internal"]: what is thrown in a verification.
  for (const [, status, code] of matches(facade, /\[(\d{3}), "(\w+)"\]/g))
    statuses.get(code).add(Number(status));
  const byReason = block(facade, /\bSTATUS: Partial<[^=]*= \{([^}]*)\}/g);
  for (const [, status] of matches(byReason, /: (\d+),/g)) statuses.get("indeterminate").add(Number(status));
  const otherwise = block(facade, /STATUS\[reason\] \?\? (\d+);/g);
  statuses.get("indeterminate").add(Number(otherwise));
  return new Map([...statuses].map(([code, found]) => [code, [...found].sort().join(", ")]));
};

/** The members of a type of the facade that is a union of texts or of names of such unions. */
const union = (name) => {
  const body = block(facade, new RegExp(`\\nexport type ${name} =([^;]*);`, "g")).replace(/\/\/.*/g, "");
  return matches(body, /\|\s*(?:"(\w+)"|(\w+))|^\s*"(\w+)"/g).flatMap(([, text, other, only]) =>
    other === undefined ? [text ?? only] : union(other),
  );
};

/** The table of a Rust enum whose variants are public names. */
const variants = (name) =>
  matches(
    block(rust, new RegExp(`(?:names!\\(|\\n {4})${name} \\w+ [^{]*\\{([^}]*)\\}`, "g")),
    /= "(\w+)"/g,
  ).map(([, text]) => text);

/** Everything a verification can say of its checks, as the types have it. */
const checksOfTheTypes = () => ({
  verdicts: union("Verdict"),
  outcomes: union("Outcome"),
  checks: union("CheckId"),
  states: union("CheckState"),
  check_codes: [...new Set(union("CheckCode"))],
  params: matches(block(facade, /Values for the text of the code: ([^.]*)\./g), /`(\w+)`/g).map(
    ([, name]) => name,
  ),
});

/** The rows of the tables under a heading, as cells. */
const rows = (heading, level = "##") => {
  const at = page.indexOf(`\n${level} ${heading}\n`);
  assert.ok(at >= 0, `docs/errors.md has no heading ${heading}`);
  const rest = page.slice(at + level.length + 2);
  const end = rest.search(new RegExp(`^#{2,${level.length}} `, "m"));
  const found = (end < 0 ? rest : rest.slice(0, end))
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
  assert.ok(found.length > 0, `there is no table under ${heading}`);
  return found;
};

const quoted = (cell) => matches(cell, /`(\w+)`/g).map(([, text]) => text);
const sorted = (all) => [...all].sort();

test("every code that can occur is in the table, with its class, and no other", () => {
  const table = rows("Codes").flatMap(([code, names]) =>
    quoted(names).map((name) => `${quoted(code)} ${name}`),
  );
  assert.equal(new Set(table).size, table.length, "a code stands in the table twice");
  assert.deepEqual(sorted(table), sorted(codesOfTheSources()));
});

test("every row of the tables says what to do", () => {
  for (const [code, , means, retryable, hint] of rows("Codes")) {
    assert.ok(means && retryable && hint?.endsWith("."), `${code} has no hint`);
  }
});

test("no place makes an error whose code the patterns do not see", () => {
  const made = matches(
    rust,
    /\b(?:Error::(?:new|of)|Self::(?:new|of)(?=\(Class::))\(\s*([^,]+),\s*([^,]+),/g,
  );
  assert.deepEqual(
    sorted(made.filter(([, , code]) => !/^"\w+"$/.test(code)).map(([, name, code]) => `${name}, ${code}`)),
    sorted([
      // `documented_failure`: what the patterns above find, or the API's own.
      "class, given.map_or(code",
      // `bad_json`, found above.
      "Class::Response, code",
      // In `verifier`, to carry a reason: the code goes nowhere.
      'Class::Response, ""',
    ]),
  );
  // Errors are made by `failure` where the code is said, and in these: broken, fault, unsound.
  const failures = matches(facade, /\bfailure\(\s*"(\w+)",\s*("\w+")?/g);
  const unsaid = failures.filter(([, , code]) => code === undefined).map(([, name]) => name);
  assert.deepEqual(unsaid, ["ResponseError"]);
  const otherwise = matches(facade, /\bnew (\w+Error)\(\{/g).map(([, name]) => name);
  assert.deepEqual(sorted(otherwise), ["ReceiptError", "WebhookError"]);
});

test("the types of the codes of webhooks and receipts are those that occur", () => {
  const made = [...codesOfTheSources()].map((entry) => entry.split(" "));
  for (const name of ["WebhookError", "ReceiptError"]) {
    const typed = block(facade, new RegExp(`class ${name} [^}]*declare readonly code:\\n([^;]*);`, "g"));
    assert.deepEqual(
      sorted(matches(typed, /"(\w+)"/g).map(([, code]) => code)),
      sorted(made.filter(([, its]) => its === name).map(([code]) => code)),
    );
  }
});

test("every rule is in the table, with its sentences, and no other", () => {
  const table = new Map(
    rows("Rules of a ValidationError").map(([rule, sentences]) => [
      quoted(rule)[0],
      sorted(sentences.split(" / ")),
    ]),
  );
  const found = new Map([...rulesOfTheSources()].map(([rule, sentences]) => [rule, sorted(sentences)]));
  assert.deepEqual(sorted(table.keys()), sorted(found.keys()));
  for (const [rule, sentences] of found) assert.deepEqual(table.get(rule), sentences, rule);
});

test("every reason is in the table, with whether asking again may help, and no other", () => {
  const table = rows("Reasons of an indeterminate verification");
  assert.deepEqual(
    new Map(table.map(([reason, , retryable]) => [quoted(reason)[0], retryable === "yes"])),
    reasonsOfTheSources(),
  );
  const typed = block(facade, /export type IndeterminateReason =([^;]*);/g);
  assert.deepEqual(
    matches(typed, /"(\w+)"/g).map(([, reason]) => reason),
    [...reasonsOfTheSources().keys()],
  );
});

test("every problem of a verifying service is in the table, with its status, and no other", () => {
  const table = rows("Problems of a verifying service").map(([code, status]) => [quoted(code)[0], status]);
  assert.deepEqual(new Map(table), problemsOfTheSources());
});

test("what the types say of verdicts and checks is what the core can say", () => {
  const typed = checksOfTheTypes();
  const same = (one, other) => assert.deepEqual(sorted(one), sorted(other));
  same(typed.verdicts, variants("Verdict"));
  same(typed.outcomes, variants("Outcome"));
  assert.deepEqual(typed.checks, variants("CheckId"), "the order is promised, too");
  same(typed.states, variants("State"));
});

test("nothing that ever was a code is gone", () => {
  const now = {
    codes: codesOfTheSources(),
    rules: new Set(rulesOfTheSources().keys()),
    reasons: new Set(reasonsOfTheSources().keys()),
    problems: new Set(problemsOfTheSources().keys()),
    ...Object.fromEntries(Object.entries(checksOfTheTypes()).map(([kind, names]) => [kind, new Set(names)])),
  };
  assert.deepEqual(Object.keys(snapshot), Object.keys(now));
  for (const [kind, names] of Object.entries(now)) {
    const gone = snapshot[kind].filter((name) => !names.has(name));
    assert.deepEqual(gone, [], `${kind} are append-only: programs out there rely on these`);
    const added = sorted(names).filter((name) => !snapshot[kind].includes(name));
    assert.deepEqual(added, [], `tests/vectors/codes.json does not keep these ${kind} yet: add them there`);
  }
});
