/** Tests `issue` as a process: dry run, run, Ctrl-C, crash, report. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "csv-parse/sync";
import { Hyperstack } from "hyperstack-credentials";
import { cli, folderWith, start } from "../support/cli.mjs";
import { startSandbox } from "../support/processes.mjs";

const GROUP = "Rehearsal001";
let sandbox;
let env;
let hyperstack;

before(async () => {
  sandbox = await startSandbox();
  env = { HYPERSTACK_API_TOKEN: sandbox.token, HYPERSTACK_API_BASE: sandbox.url };
  hyperstack = new Hyperstack({ token: sandbox.token, baseUrl: sandbox.url });
});
after(() => sandbox?.stop());
beforeEach(async () => {
  await steer("POST", "reset", {});
  await steer("PUT", `groups/${GROUP}`, { title: "Analytical Engines" });
});

const steer = async (method, path, body) => {
  const response = await fetch(`${sandbox.url}/_sandbox/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.json();
};

/** The addresses of all credentials in the account. */
const recipients = async () => {
  const credentials = await hyperstack.credentials.list({ page_size: 200 }).toArray({ limit: 10_000 });
  return credentials.map(({ recipient }) => recipient.email).sort();
};

/** The rows of a report. */
const readReport = (file, delimiter = ",") =>
  parse(readFileSync(file), { bom: true, columns: true, delimiter, relax_column_count: true });

/** The default journal and report of a list. */
const filesOf = (list) => {
  const stem = `${list}.${new URL(sandbox.url).host.replace(":", "-")}`;
  return { journal: `${stem}.journal.ndjson`, report: `${stem}.report.csv` };
};

const issue = (list, ...args) => cli(["issue", list, "--group", GROUP, ...args], { env });
const listOf = (...people) => `name,email\n${people.map(([name, email]) => `${name},${email}\n`).join("")}`;
const ADA = ["Ada", "ada@example.com"];
const ZOE = ["Zoë", "zoe@example.com"];
const REFUSAL = JSON.stringify({ success: false, error_code: "missing_recipient", message: "refused" });
const FAULTY = ["Joan", "joan.example.com"];

/** A list as Excel exports it: 2 000 rows with accents, semicolons and a mark, 3 duplicates and 5 faulty rows. */
const excelExport = () => {
  const rows = Array.from({ length: 2000 }, (_, index) => [
    `Zoë Müller-${index}`,
    `person.${index}@example.com`,
    `"Größe; ${index}"`,
  ]);
  for (const [index, original] of [
    [500, 10],
    [1000, 11],
    [1999, 12],
  ])
    rows[index] = [...rows[original]];
  rows[3][1] = "person.3.example.com";
  rows[700][1] = "";
  rows[701][0] = "";
  rows[1500][1] = "person 1500@example.com";
  rows[1501].push("one too many");
  const text = ["Full Name;E-Mail;custom_note", ...rows.map((row) => row.join(";"))].join("\r\n");
  return { text: `\ufeff${text}\r\n`, lineOf: (index) => index + 2 };
};

test("issues an Excel export of 2 000 rows after a dry run and a kill, and reports every row", async (t) => {
  const { text, lineOf } = excelExport();
  const list = join(folderWith(t, { "recipients.csv": text }), "recipients.csv");
  const { journal, report } = filesOf(list);

  const dryRun = await issue(list, "--dry-run");
  const findings = dryRun.stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  assert.deepEqual(
    findings.map(([line, column, kind, code]) => [Number(line), column, kind, code]),
    [
      [lineOf(3), "E-Mail", "invalid", "email"],
      [lineOf(500), "", "duplicate", "duplicate"],
      [lineOf(700), "E-Mail", "invalid", "email"],
      [lineOf(701), "Full Name", "invalid", "not_blank"],
      [lineOf(1000), "", "duplicate", "duplicate"],
      [lineOf(1500), "E-Mail", "invalid", "email"],
      [lineOf(1501), "", "invalid", "extra_cells"],
      [lineOf(1999), "", "duplicate", "duplicate"],
    ],
  );
  assert.match(
    dryRun.stderr,
    /1,992 rows to issue, 5 faulty rows, 3 duplicates, 0 shared addresses\. Nothing was sent/,
  );
  assert.equal(dryRun.code, 65);
  assert.ok(!existsSync(journal) && !existsSync(report));
  assert.deepEqual(await steer("GET", "requests"), []);

  const refused = await issue(list, "--yes");
  assert.match(refused.stderr, /5 faulty rows.*--skip-invalid/);
  assert.equal(refused.code, 65);
  assert.deepEqual(await steer("GET", "requests"), []);

  const killed = start(["issue", list, "--group", GROUP, "--yes", "--skip-invalid"], { env });
  while ((await steer("GET", "state")).credentials < 1000) await sleep(5);
  killed.child.kill("SIGKILL");
  assert.equal((await killed.ended).signal, "SIGKILL");
  const half = (await steer("GET", "state")).credentials;
  assert.ok(half >= 1000 && half < 1992, `${half} credentials`);

  const resumed = await issue(list, "--yes", "--skip-invalid");
  assert.match(resumed.stdout, /issued 1992, exists 0, failed 0, left out 8 \(5 faulty, 3 duplicate\)/);
  assert.equal(resumed.code, 0, resumed.stderr);
  const mailed = await recipients();
  assert.equal(mailed.length, 1992);
  assert.equal(new Set(mailed).size, 1992);

  const rows = readReport(report, ";");
  assert.equal(rows.length, 2000);
  for (const [index, row] of rows.entries()) {
    const left = [3, 700, 701, 1500, 1501].includes(index) ? "invalid" : "issued";
    const status = [500, 1000, 1999].includes(index) ? "duplicate" : left;
    assert.equal(row.issue_status, status, `row ${index}`);
    assert.equal(row.issue_line, String(lineOf(index)));
    assert.equal(
      /^https:\/\/hyperstack\.id\/credential\/\w+$/.test(row.issue_credential),
      status === "issued",
    );
    assert.equal(row.issue_reason !== "", status !== "issued" || /journal|found/.test(row.issue_reason));
  }
  assert.equal(rows[500].issue_reason, `the same as line ${lineOf(10)}`);
});

for (const [name, bytes] of [
  ["UTF-16LE, tabs", Buffer.from("\ufeffNAME\tEMAIL\r\nZoë\tzoe@example.com\r\n", "utf16le")],
  ["UTF-16BE, semicolons", Buffer.from("\ufeffname;email\nZoë;zoe@example.com\n", "utf16le").swap16()],
  ["sep= and commas", "sep=,\r\nname,email\r\nZoë,zoe@example.com\r\n"],
  [
    "quotes, line breaks in cells, empty rows",
    'note;E-Mail;Name\n"a\n""b""";zoe@example.com;" Zoë "\n;;\n\n',
  ],
  ["old Mac line ends", "name,email\rZoë,zoe@example.com\r"],
]) {
  test(`reads ${name}`, async (t) => {
    const list = join(folderWith(t, { "list.csv": bytes }), "list.csv");
    const { code, stdout, stderr } = await issue(list, "--yes");
    assert.equal(code, 0, stdout + stderr);
    const [credential] = await hyperstack.credentials.list().toArray({ limit: 9 });
    assert.deepEqual([credential.recipient.name, credential.recipient.email], ["Zoë", "zoe@example.com"]);
  });
}

test("reads columns by --columns, and custom attributes", async (t) => {
  const text =
    'Teilnehmer;Kontakt;CUSTOM_Grade;custom_Course;Ort, Land\nZoë;zoe@example.com;A;Engines;"Jena, DE"\n';
  const list = join(folderWith(t, { "list.csv": text }), "list.csv");
  const columns = "name=teilnehmer,email=Kontakt,custom_place=Ort, Land";
  const { code, stderr } = await issue(list, "--yes", "--columns", columns);
  assert.equal(code, 0, stderr);
  const [{ metadata }] = await hyperstack.credentials.list().toArray({ limit: 9 });
  assert.deepEqual(metadata, { custom_grade: "A", custom_Course: "Engines", custom_place: "Jena, DE" });
});

test("lists people who share an address, and reports who got nothing because of it", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA, ["Zoë", ADA[1]]) }), "list.csv");
  const dry = await issue(list, "--dry-run");
  assert.match(
    dry.stdout,
    /^3\temail\tshared_address\tshared_address\tthe address of line 2, with another name; /,
  );
  assert.equal(dry.code, 0);
  const { code, stdout } = await issue(list, "--yes");
  assert.match(stdout, /issued 1, exists 0, failed 1/);
  assert.equal(code, 1);
  assert.match(
    readFileSync(filesOf(list).report, "utf8"),
    /failed,+credential_exists,.*line 2 has with another name/,
  );
});

test("--draft creates drafts, with a separate journal", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA) }), "list.csv");
  assert.equal((await issue(list, "--yes", "--draft")).code, 0);
  const [{ status }] = await hyperstack.credentials.list().toArray({ limit: 9 });
  assert.equal(status, "unpublished");
  assert.ok(!existsSync(filesOf(list).journal) && existsSync(filesOf(`${list}.draft`).journal));
});

test("asks on a terminal, shows progress, and sends nothing if declined", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA, ZOE, FAULTY) }), "list.csv");
  const ask = async (answer) => {
    const run = start(["issue", list, "--group", GROUP], { env, terminal: true });
    await run.shows(
      /Create 2 credentials of the group “Analytical Engines”\? .*1 faulty row will be left out.*\[y\/N\]/,
    );
    run.child.stdin.write(answer);
    return run.ended;
  };
  const declined = await ask("\r");
  assert.match(declined.stdout, /Nothing was sent\./);
  assert.equal(declined.code, 2);
  assert.equal((await ask("\x03")).code, 2);
  assert.deepEqual(await recipients(), []);
  const accepted = await ask("y\r");
  assert.match(accepted.stdout, /100% 2\/2, .*\/s, .* left: issued 2, exists 0, failed 0/);
  assert.equal(accepted.code, 0);
  assert.deepEqual(await recipients(), [ADA[1], ZOE[1]]);
});

test("Ctrl-C ends the run cleanly, and the same command resumes it", async (t) => {
  const people = Array.from({ length: 300 }, (_, index) => [`P ${index}`, `p${index}@example.com`]);
  const list = join(folderWith(t, { "list.csv": listOf(...people) }), "list.csv");
  const run = start(["issue", list, "--group", GROUP, "--yes", "--concurrency", "2"], {
    env,
    terminal: true,
  });
  while ((await steer("GET", "state")).credentials < 20) await sleep(2);
  run.child.stdin.write("\x03");
  const interrupted = await run.ended;
  assert.match(interrupted.stdout, /waiting for the requests in flight/);
  assert.match(interrupted.stdout, /To resume, run the same command again; the journal .*journal\.ndjson/);
  assert.equal(interrupted.code, 2);
  const statuses = readReport(filesOf(list).report).map((row) => row.issue_status);
  const sent = statuses.filter((status) => status === "issued").length;
  assert.equal(sent, (await recipients()).length);
  assert.ok(sent < 300);
  assert.equal(statuses.filter((status) => status === "not_sent").length, 300 - sent);
  assert.equal((await issue(list, "--yes")).code, 0);
  assert.equal(new Set(await recipients()).size, 300);
  assert.equal((await recipients()).length, 300);
});

test("a second Ctrl-C ends at once, and the same command resumes", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA, ZOE) }), "list.csv");
  const slow = { match: { path_prefix: "/v1/credentials/new" }, apply: true, delay_ms: 20_000, times: 2 };
  await steer("POST", "script", [slow]);
  const run = start(["issue", list, "--group", GROUP, "--yes"], { env, terminal: true });
  while ((await steer("GET", "state")).credentials < 2) await sleep(5);
  run.child.stdin.write("\x03");
  await run.shows(/Press Ctrl-C again to end at once/);
  run.child.stdin.write("\x03");
  assert.equal((await run.ended).code, 130);
  await steer("DELETE", "script");
  const resumed = await issue(list, "--yes");
  assert.match(resumed.stdout, /issued 2, exists 0, failed 0/);
  assert.deepEqual(await recipients(), [ADA[1], ZOE[1]]);
  const [row] = readReport(filesOf(list).report);
  assert.equal(row.issue_reason, "the response was lost, and the credential was found in the account");
});

test("--only-failed issues a report's failures, updates the report and restores formulas", async (t) => {
  const formula = "=HYPERLINK(1)";
  const text = `name,email,custom_note\nAda,ada@example.com,${formula}\nZoë,zoe@example.com,'-1\nJoan,joan.example.com,+2\n`;
  const list = join(folderWith(t, { "list.csv": text }), "list.csv");
  const { report } = filesOf(list);
  const step = { match: { path_prefix: "/v1/credentials/new" }, status: 400, body: REFUSAL };
  await steer("POST", "script", [step]);
  const first = await issue(list, "--yes", "--skip-invalid", "--concurrency", "1");
  assert.equal(first.code, 1, first.stderr);
  assert.match(first.stderr, /--only-failed/);
  const written = readReport(report);
  assert.deepEqual(
    written.map((row) => [row.issue_line, row.issue_status, row.issue_code, row.custom_note]),
    [
      ["2", "failed", "missing_recipient", `'${formula}`],
      ["3", "issued", "", "''-1"],
      ["4", "invalid", "email", "'+2"],
    ],
  );
  assert.match((await issue(report, "--yes")).stderr, /is the report of a run; add --only-failed/);
  writeFileSync(report, readFileSync(report, "utf8").replace("joan.example.com", "joan@example.com"));
  const again = await issue(report, "--only-failed", "--yes");
  assert.match(again.stdout, /issued 2, exists 0, failed 0/);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(
    readReport(report).map((row) => [row.issue_line, row.issue_status]),
    [
      ["2", "issued"],
      ["3", "issued"],
      ["4", "issued"],
    ],
  );
  const credentials = await hyperstack.credentials.list().toArray({ limit: 9 });
  assert.deepEqual(credentials.map(({ metadata }) => metadata.custom_note).sort(), ["'-1", "+2", formula]);
});

test("an empty balance ends the run with exit code 2, and the report gives the reason", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA, ZOE) }), "list.csv");
  await steer("PUT", "balance", { balance: 1 });
  const { code, stderr } = await issue(list, "--yes", "--concurrency", "1");
  assert.equal(code, 2);
  assert.match(stderr, /no credits left: add some\. To resume/);
  assert.equal(readReport(filesOf(list).report)[1].issue_code, "low_balance");
  await steer("PUT", "balance", { balance: null });
  assert.equal((await issue(list, "--yes")).code, 0);
});

for (const [name, text, args, exitCode, message] of [
  ["no terminal and no --yes", listOf(ADA), [], 64, /add --yes, or --dry-run/],
  [
    "a list without the column",
    "name,contact\nAda,a@example.com\n",
    ["--yes"],
    65,
    /no column for email; name it with --columns "email=HEADING"; the headings: "name", "contact"/,
  ],
  [
    "a list without headings",
    "Ada,ada@example.com\nZoë,z@example.com\n",
    ["--yes"],
    65,
    /the first row has an address; put headings above it/,
  ],
  [
    "two columns for a field",
    "name,email,E-Mail\nAda,a@example.com,b@example.com\n",
    ["--yes"],
    65,
    /two columns for email/,
  ],
  ["an empty list", "", ["--yes"], 65, /is empty/],
  ["headings only", "name,email\n", ["--yes"], 65, /has headings and no rows/],
  [
    "a column that is missing",
    listOf(ADA),
    ["--yes", "--columns", "email=Mail"],
    65,
    /no heading "Mail"; the headings: "name", "email"/,
  ],
  [
    "a wrong --columns",
    listOf(ADA),
    ["--columns", "address=Mail"],
    64,
    /FIELD=HEADING; the fields are name, email and custom_/,
  ],
  ["--only-failed for a list", listOf(ADA), ["--yes", "--only-failed"], 64, /needs the report of a run/],
  [
    "a list in Windows-1252",
    Buffer.from("name,email\nZo\xeb,z@example.com\n", "latin1"),
    ["--yes"],
    65,
    /line 2, column 3 \(byte 13\): this is not UTF-8/,
  ],
  [
    "a damaged journal",
    listOf(ADA),
    ["--yes", "--journal", "list.csv"],
    65,
    /is not the journal of a run, or damaged/,
  ],
  [
    "a folder as the report",
    listOf(ADA),
    ["--yes", "--report", "."],
    73,
    /\. cannot be written: it is a folder/,
  ],
  [
    "a report that cannot be written",
    listOf(ADA),
    ["--yes", "--report", "/nowhere/x.csv"],
    73,
    /\/nowhere\/x\.csv cannot be written: there is no such/,
  ],
]) {
  test(`refuses ${name}, and sends nothing`, async (t) => {
    const cwd = folderWith(t, { "list.csv": text });
    const { code, stdout, stderr } = await cli(["issue", "list.csv", "--group", GROUP, ...args], {
      env,
      cwd,
    });
    assert.match(stderr, message);
    assert.equal(code, exitCode);
    assert.ok(!(stdout + stderr).includes("@example.com"));
    assert.deepEqual(await recipients(), []);
  });
}

test("reports a group that does not exist, and a missing --group", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA) }), "list.csv");
  const unknown = await cli(["issue", list, "--group", "nothing", "--yes"], { env });
  assert.match(unknown.stderr, /group_not_found/);
  assert.equal(unknown.code, 1);
  assert.match((await cli(["issue", list, "--group", "a b", "--yes"], { env })).stderr, /--group: /);
  const missing = await cli(["issue", list], { env });
  assert.match(missing.stderr, /required option '--group <key>' not specified[\s\S]*issue --help/);
  assert.equal(missing.code, 64);
});

test("refuses a second run with the same journal at the same time", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA) }), "list.csv");
  const { journal } = filesOf(list);
  writeFileSync(`${journal}.lock`, String(process.pid));
  const { code, stderr } = await issue(list, "--yes");
  assert.match(stderr, new RegExp(`another run \\(process ${process.pid}\\) uses this journal`));
  assert.equal(code, 64);
});

for (const [name, args] of [
  ["the list", ["--report", "list.csv"]],
  ["the list by another path", ["--report", "./x/../list.csv"]],
  ["the journal", ["--journal", "run", "--report", "run"]],
]) {
  test(`refuses a report in place of ${name}, and sends nothing`, async (t) => {
    const cwd = folderWith(t, { "list.csv": listOf(ADA) });
    mkdirSync(join(cwd, "x"));
    const { code, stderr } = await cli(["issue", "list.csv", "--group", GROUP, "--yes", ...args], {
      env,
      cwd,
    });
    assert.match(stderr, /--report: .* would replace/);
    assert.equal(code, 64);
    assert.equal(readFileSync(join(cwd, "list.csv"), "utf8"), listOf(ADA));
    assert.deepEqual(await recipients(), []);
  });
}

test("a journal of drafts is not used for credentials, nor one of another API", async (t) => {
  const cwd = folderWith(t, { "list.csv": listOf(ADA) });
  const run = (...args) =>
    cli(["issue", "list.csv", "--group", GROUP, "--yes", "--journal", "run", ...args], { env, cwd });
  assert.equal((await run("--draft")).code, 0);
  const credentials = await run();
  assert.match(
    credentials.stderr,
    /run is the journal of drafts at 127\.0\.0\.1-\d+, and this run .* credentials/,
  );
  assert.equal(credentials.code, 64);
  const elsewhere = await run("--draft", "--base-url", sandbox.url.replace("127.0.0.1", "localhost"));
  assert.match(elsewhere.stderr, /drafts at 127\.0\.0\.1-\d+, and this run .* drafts at localhost-/);
  assert.equal(elsewhere.code, 64);
  const again = await run("--draft");
  assert.match(again.stdout, /issued 1, exists 0, failed 0/);
  assert.equal((await recipients()).length, 1);
});

test("the report of drafts needs --draft again", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA, FAULTY) }), "list.csv");
  assert.equal((await issue(list, "--yes", "--draft", "--skip-invalid")).code, 0);
  const { report } = filesOf(`${list}.draft`);
  writeFileSync(report, readFileSync(report, "utf8").replace("joan.example.com", "joan@example.com"));
  const mailing = await issue(report, "--only-failed", "--yes");
  assert.match(mailing.stderr, /the journal of drafts/);
  assert.equal(mailing.code, 64);
  assert.equal((await issue(report, "--only-failed", "--yes", "--draft")).code, 0);
  const statuses = (await hyperstack.credentials.list().toArray({ limit: 9 })).map(({ status }) => status);
  assert.deepEqual(statuses, ["unpublished", "unpublished"]);
});

test("a report without its journal stops a second run of the list", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA) }), "list.csv");
  assert.equal((await issue(list, "--yes")).code, 0);
  rmSync(filesOf(list).journal);
  const { code, stderr } = await issue(list, "--yes");
  assert.match(stderr, /was issued before, by the report .*, but the journal .* is missing/);
  assert.equal(code, 66);
  assert.equal((await recipients()).length, 1);
});

test("a report that lost a column is not taken for a list", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA) }), "list.csv");
  assert.equal((await issue(list, "--yes")).code, 0);
  const copy = `${list}.copy.csv`;
  writeFileSync(copy, readFileSync(filesOf(list).report, "utf8").replace("issue_reason", "reason"));
  const { code, stderr } = await issue(copy, "--yes");
  assert.match(stderr, /is a report without the column issue_reason/);
  assert.equal(code, 65);
  assert.equal((await recipients()).length, 1);
});

test("a report that changes during the run is not replaced", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA, FAULTY) }), "list.csv");
  await issue(list, "--yes", "--skip-invalid");
  const { report } = filesOf(list);
  const corrected = readFileSync(report, "utf8").replace("joan.example.com", "joan@example.com");
  writeFileSync(report, corrected);
  const run = start(["issue", report, "--group", GROUP, "--only-failed"], { env, terminal: true });
  await run.shows(/\[y\/N\]/);
  const edited = corrected.replace("Joan", "Joan Clarke");
  writeFileSync(report, edited);
  run.child.stdin.write("y\r");
  const { code, stdout } = await run.ended;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /changed during the run and was not replaced/);
  assert.equal(readFileSync(report, "utf8"), edited);
  assert.deepEqual(
    readReport(`${report}.result.csv`).map((row) => row.issue_status),
    ["issued", "issued"],
  );
});

test("a wide list without the columns gets a short message", async (t) => {
  const headings = Array.from({ length: 2000 }, (_, index) => `c${index}`).join(",");
  const list = join(folderWith(t, { "list.csv": `${headings}\n${headings}\n` }), "list.csv");
  const { code, stderr } = await issue(list, "--dry-run");
  assert.match(stderr, /no column for name.*"c19" and 1,980 more\.$/m);
  assert.equal(code, 65);
});

test("--columns cannot read name and address from one column", async (t) => {
  const list = join(folderWith(t, { "list.csv": listOf(ADA) }), "list.csv");
  const { code, stderr } = await issue(list, "--dry-run", "--columns", "name=email");
  assert.match(stderr, /the column "email" cannot be both name and email/);
  assert.equal(code, 65);
});
