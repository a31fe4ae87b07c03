// The verify page's lists without a browser: what is found in a text, how rows are asked about, and the file saved.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCredentialUrl } from "hyperstack-credentials";
import { newId } from "../support/control.mjs";
import { pageModule } from "../support/page-module.mjs";
import { importSource } from "../support/source.mjs";

const { readList, decodeFile, foreignFormat, mostRows, mostCharacters } = await pageModule("list-input");
const model = await pageModule("list-model");
const { suggestedLink } = await importSource("pkg-template/src/suggestion.ts");
const { runList } = await pageModule("list-run");
const { TimeLeft } = await pageModule("time-left");

const id = "DemoValid00000000000000000000001";
const link = `https://hyperstack.id/credential/${id}`;
const other = `https://hyperstack.id/credential/${"b".repeat(32)}`;
const uuid = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";

/** Links by line, of a text that is a list. */
function found(text) {
  const read = readList(text);
  assert.equal(read.kind, "list", JSON.stringify(read));
  return read.entries.map(({ line, link }) => [line, link]);
}

describe("the content of a text", () => {
  const lists = {
    lines: [
      `${link}\n${other}`,
      [
        [1, link],
        [2, other],
      ],
    ],
    "lines of Windows, with empty ones": [
      `\r\n${link}\r\n\r\n${other}\r\n`,
      [
        [2, link],
        [4, other],
      ],
    ],
    "lines of an old Macintosh": [
      `${link}\r${other}`,
      [
        [1, link],
        [2, other],
      ],
    ],
    "a byte order mark": [`\ufeff${link}`, [[1, link]]],
    "ids alone": [
      `${id}\n${uuid}`,
      [
        [1, id],
        [2, uuid],
      ],
    ],
    "headings and commas": [
      `name,link\nAda,${link}\n"Lovelace, A.",${other}`,
      [
        [2, link],
        [3, other],
      ],
    ],
    "semicolons, commas in a cell": [
      `Name;Link\nLovelace, A.;${link}\nB, C;${other}`,
      [
        [2, link],
        [3, other],
      ],
    ],
    "cells pasted from a spreadsheet": [
      `Ada\t${link}\t1\nJoan\t${other}\t2`,
      [
        [1, link],
        [2, other],
      ],
    ],
    "quotes, doubled quotes and line breaks in a cell": [
      `a,b\n"Ada ""the\nfirst""",${link}\nx,"${other}"`,
      [
        [2, link],
        [4, other],
      ],
    ],
    "a quote that is never closed": [
      `${link}\n"Ada,${other}\n${id}`,
      [
        [1, link],
        [2, other],
        [3, id],
      ],
    ],
    "running text": [
      `See <${link}>, and (${other}).`,
      [
        [1, link],
        [1, other],
      ],
    ],
    "a formula of a spreadsheet": [`a,"=HYPERLINK(""${link}"";""Ada"")"`, [[1, link]]],
    "a link without a scheme": [
      `hyperstack.id/credential/${id}\n${link}`,
      [
        [1, `hyperstack.id/credential/${id}`],
        [2, link],
      ],
    ],
    "somebody's website beside the link": [`https://ada.example/team,${link}`, [[1, link]]],
    "an id beside a website": [`https://ada.example/team,${id}`, [[1, id]]],
    "a checksum beside the link": [`${"0".repeat(32)},${link}`, [[1, link]]],
    "a website alone": [
      `${link}\nhttps://ada.example/team`,
      [
        [1, link],
        [2, "https://ada.example/team"],
      ],
    ],
    "a look-alike": [
      `https://hyperstack.id.evil.example/credential/${id}`,
      [[1, `https://hyperstack.id.evil.example/credential/${id}`]],
    ],
    "one address inside another": [
      `https://evil.example/?to=${link}`,
      [[1, `https://evil.example/?to=${link}`]],
    ],
    backslashes: [
      `https:\\\\hyperstack.id\\credential\\${id}`,
      [[1, `https:\\\\hyperstack.id\\credential\\${id}`]],
    ],
    "a cell that is a link is judged to its last character": [`${link}.`, [[1, `${link}.`]]],
    "a row without anything, kept": [
      `${link},x\nNobody,y\n${other},z`,
      [
        [1, link],
        [2, null],
        [3, other],
      ],
    ],
    "the same link twice in a row": [`${link}\t${link}`, [[1, link]]],
    "the same link in two rows": [
      `${link}\n${link}`,
      [
        [1, link],
        [2, link],
      ],
    ],
  };
  for (const [name, [text, want]] of Object.entries(lists)) {
    test(name, () => assert.deepEqual(found(text), want));
  }

  test("recognises headings", () => {
    assert.equal(readList(`Name;Link\nAda;${link}`).headerSkipped, true);
    assert.equal(readList(`Links\n${link}`).headerSkipped, true);
    assert.equal(readList(`${link}\n${other}`).headerSkipped, false);
  });

  test("shows the beginning of a row without a link", () => {
    const { entries } = readList(`${link}\t\n ${"Nobody ".repeat(30)}\tat all`);
    assert.equal(entries[1].link, null);
    assert.match(entries[1].shown, /^Nobody Nobody .*…$/);
    assert.ok([...entries[1].shown].length <= 81);
  });

  test("finds nothing without text, and no link in a text without one", () => {
    for (const text of ["", " \n\t", ",,\n"]) assert.equal(readList(text).kind, "nothing", text);
    for (const text of ["certificate", "a,b,c\n1,2,3", '"'.repeat(9)]) {
      assert.ok(
        readList(text).entries.every(({ link }) => link === null),
        text,
      );
    }
    // More rows than are read, none of them with a link.
    assert.equal(readList("certificate\n".repeat(mostRows + 2)).kind, "nothing");
  });

  test("heeds the separator that a spreadsheet notes in a first line", () => {
    for (const [note, separator] of [
      ["sep=;\r\n", ";"],
      ["SEP=,\n", ","],
      ["sep=\t\n", "\t"],
    ]) {
      // A comma in more lines than the separator would win otherwise.
      const cells = [`Name, first`, "Link"].join(separator);
      assert.deepEqual(found(`${note}${cells}\nAda, x${separator}${link}`), [[3, link]], note);
    }
  });

  test("recognises files that are not text", () => {
    for (const [begin, format] of [
      ["PK\x03\x04x", "spreadsheet"],
      ["\xd0\xcf\x11\xe0\xa1", "spreadsheet"],
      ["%PDF-1.7", "pdf"],
      ["PK,link", null],
      ["", null],
    ]) {
      assert.equal(foreignFormat(new Uint8Array(Buffer.from(begin, "latin1"))), format, begin);
    }
  });

  test("accepts 500 rows, refuses 501 as a whole with their count", () => {
    const rows = Array.from({ length: mostRows }, () => `https://hyperstack.id/credential/${newId()}`);
    assert.equal(readList(["link", ...rows].join("\n")).entries.length, 500);
    assert.deepEqual(readList(["link", ...rows, "nobody"].join("\n")), { kind: "too_many", count: 501 });
  });

  test("reads hostile texts of a million characters in linear time, and refuses longer ones", () => {
    assert.equal(readList("x".repeat(mostCharacters + 1)).kind, "too_large");
    const units = [
      "a",
      '"',
      ",",
      "https://",
      "/credential/",
      "\n",
      '"",',
      "0 ",
      "(",
      "...",
      ":/",
      "=https:",
      "\t;",
    ];
    for (const unit of units) {
      const text = unit.repeat(Math.floor(mostCharacters / unit.length));
      const started = performance.now();
      readList(text);
      readList(`${link}\n${text.slice(0, -200)}`);
      const took = performance.now() - started;
      // It takes under a second; anything quadratic takes minutes.
      assert.ok(took < 10_000, `${unit}: ${took} ms`);
    }
  });

  test("reads files in UTF-8, in UTF-16 of both byte orders, and in neither", () => {
    const text = `Łucja\t${link}`;
    const little = Buffer.from(`\ufeff${text}`, "utf16le");
    assert.deepEqual(found(decodeFile(new TextEncoder().encode(text))), [[1, link]]);
    assert.deepEqual(found(decodeFile(new Uint8Array(little))), [[1, link]]);
    assert.deepEqual(found(decodeFile(new Uint8Array(Buffer.from(little).swap16()))), [[1, link]]);
    assert.deepEqual(found(decodeFile(new Uint8Array(Buffer.from(`M\xfcller;${link}`, "latin1")))), [
      [1, link],
    ]);
  });
});

const parse = (text) => parseCredentialUrl(text, { hosts: ["hyperstack.id"] });
const rowsOf = async (text) => model.makeRows(readList(text).entries, parse);

/** What the verifier says, as far as a list reads it. */
const verification = (outcome, verdict, more = {}) => ({
  kind: "verification",
  verification: {
    outcome,
    verdict,
    reason: null,
    retry_after_s: null,
    checks: [],
    subject: { input_kind: "url", id: null, canonical_url: null },
    credential: null,
    checked_at: "2026-11-22T10:00:00.000Z",
    ...more,
  },
});
const valid = verification("verified", "valid");
const undecided = (reason, retry_after_s = null) =>
  verification("indeterminate", "indeterminate", { reason, retry_after_s });

describe("rows before anything is sent", () => {
  test("are corrected where a link is obvious, and say from what", async () => {
    const text = [
      `http://hyperstack.id/credential/${id}`,
      "DemoValid 0000 0000 0000 0000 0000 002",
      `hyperstack.id/credential/${id}`,
      "http://evil.example/credential/x",
      link,
    ];
    const suggest = (written) => suggestedLink(written, ["hyperstack.id"]);
    const rows = await model.makeRows(readList(text.join("\n")).entries, parse, suggest);
    assert.deepEqual(
      rows.map((row) => [row.state.kind, row.entry.link, row.entry.correctedFrom]),
      [
        ["ready", link, text[0]],
        ["ready", "DemoValid00000000000000000000002", text[1]],
        ["duplicate", link, text[2]],
        ["rejected", text[3], null],
        ["duplicate", link, null],
      ],
    );
    const lines = model.toCsv(rows).split("\r\n");
    assert.ok(lines[1].startsWith(`"1","1","${text[0]}",`) && lines[1].endsWith(`,"${link}"`), lines[1]);
    assert.ok(lines[4].endsWith(',""'), lines[4]);
  });

  test("are ready, malformed, untrusted, empty or repeated", async () => {
    const text = [
      link,
      `http://hyperstack.id/credential/${id}`,
      `https://evil.example/credential/${id}`,
      "x,y",
      id,
      other,
    ];
    const rows = await rowsOf(text.join("\n"));
    assert.deepEqual(
      rows.map((row) => [
        row.number,
        row.state.kind,
        model.outcomeOf(row),
        model.verdictOf(row),
        model.reasonOf(row),
      ]),
      [
        [1, "ready", "not_checked", null, null],
        [2, "rejected", "not_verified", "malformed_input", "scheme_not_https"],
        [3, "rejected", "not_verified", "untrusted_host", "untrusted_host"],
        [4, "rejected", "not_verified", "malformed_input", "not_a_url"],
        [5, "duplicate", "duplicate", null, null],
        [6, "ready", "not_checked", null, null],
      ],
    );
    assert.equal(rows[4].state.of, 1);
  });
});

describe("a run", () => {
  const lines = (count) =>
    Array.from({ length: count }, () => `https://hyperstack.id/credential/${newId()}`).join("\n");

  /** A clock that only sleeping moves. */
  function world() {
    const clock = { time: 0, pauses: [] };
    return {
      clock,
      options: {
        signal: new AbortController().signal,
        onRow() {},
        onPause(until) {
          clock.pauses.push(until);
        },
        now: () => clock.time,
        async sleep(milliseconds) {
          clock.time += milliseconds;
        },
      },
    };
  }

  test("checks every row once, four at a time, even if others fail", async () => {
    const rows = await rowsOf(lines(50));
    const { options } = world();
    const asked = [];
    let now = 0;
    let most = 0;
    const end = await runList(rows, {
      ...options,
      async ask(each) {
        const turn = asked.push(each);
        now += 1;
        most = Math.max(most, now);
        await new Promise((resolve) => setTimeout(resolve, turn % 3));
        now -= 1;
        if (turn % 5 === 0) throw new Error("a fault of the page");
        return turn % 5 === 1 ? undecided("network") : valid;
      },
    });
    assert.equal(end, "done");
    assert.equal(most, 4);
    assert.deepEqual(asked.sort(), rows.map(({ entry }) => entry.link).sort());
    assert.deepEqual(model.countRows(rows), {
      verified: 30,
      not_verified: 0,
      could_not_check: 20,
      not_checked: 0,
      duplicate: 0,
    });
    assert.equal(rows.filter((row) => model.reasonOf(row) === "page_fault").length, 10);
  });

  test("pauses the whole list after a refusal, and checks the row again", async () => {
    const rows = await rowsOf(lines(12));
    const { clock, options } = world();
    const at = [];
    const end = await runList(rows, {
      ...options,
      async ask() {
        at.push(clock.time);
        return at.length === 3 ? undecided("rate_limited", 30) : valid;
      },
    });
    assert.equal(end, "done");
    assert.deepEqual(clock.pauses, [30_000, null]);
    assert.equal(at.length, 13);
    assert.ok(
      at.slice(0, 4).every((time) => time === 0) && at.slice(4).every((time) => time === 30_000),
      at.join(),
    );
    assert.equal(model.countRows(rows).verified, 12);
  });

  test("pauses for an outage with Retry-After, and leaves its row unchecked", async () => {
    const rows = await rowsOf(lines(6));
    const { clock, options } = world();
    let calls = 0;
    await runList(rows, {
      ...options,
      ask: async () => (++calls === 1 ? undecided("upstream_5xx", 7) : valid),
    });
    assert.deepEqual(clock.pauses, [7000, null]);
    assert.equal(calls, 6);
    assert.equal(model.countRows(rows).could_not_check, 1);
  });

  test("gives up after endless or very long refusals, without inventing results", async () => {
    for (const [answer, pauses] of [
      [undecided("rate_limited"), 3],
      [undecided("rate_limited", 0), 3],
      [undecided("rate_limited", 3600), 0],
    ]) {
      const rows = await rowsOf(lines(20));
      const { clock, options } = world();
      assert.equal(await runList(rows, { ...options, ask: async () => answer }), "gave_up");
      assert.equal(clock.pauses.filter((until) => until !== null).length, pauses);
      const { verified, not_verified, could_not_check, not_checked } = model.countRows(rows);
      assert.deepEqual([verified, not_verified, could_not_check + not_checked], [0, 0, 20]);
    }
  });

  test("keeps results when stopped, and continues with the rest only", async () => {
    const rows = await rowsOf(lines(10));
    const { options } = world();
    const stop = new AbortController();
    let calls = 0;
    const end = await runList(rows, {
      ...options,
      signal: stop.signal,
      async ask(_, signal) {
        calls += 1;
        if (calls === 6) {
          stop.abort();
          signal.throwIfAborted();
        }
        await null;
        return valid;
      },
    });
    assert.equal(end, "stopped");
    const { verified, not_checked } = model.countRows(rows);
    assert.ok(verified >= 1 && verified < 6 && verified + not_checked === 10, `${verified}, ${not_checked}`);
    assert.ok(rows.filter(({ state }) => state.kind === "ready").every(({ state }) => state.stopped));
    calls = 0;
    assert.equal(
      await runList(rows, {
        ...options,
        ask: async () => {
          calls += 1;
          return valid;
        },
      }),
      "done",
    );
    assert.equal(calls, not_checked);
    assert.equal(model.countRows(rows).verified, 10);
  });

  test("stops at once during a pause", async () => {
    const rows = await rowsOf(lines(5));
    const stop = new AbortController();
    const started = performance.now();
    const end = await runList(rows, {
      signal: stop.signal,
      onRow() {},
      onPause: (until) => until !== null && setTimeout(() => stop.abort(), 20),
      ask: async () => undecided("rate_limited", 60),
    });
    assert.equal(end, "stopped");
    assert.ok(performance.now() - started < 2000);
    assert.equal(model.countRows(rows).not_checked, 5);
  });
});

describe("the saved file", () => {
  /** Reads CSV by RFC 4180 alone. */
  function cells(csv) {
    assert.ok(csv.startsWith("\ufeff") && csv.endsWith("\r\n"));
    return csv
      .slice(1, -2)
      .split(/(?<=")\r\n(?=")/)
      .map((record) =>
        [...record.matchAll(/"((?:[^"]|"")*)"(?:,|$)/g)].map(([, cell]) => cell.replaceAll('""', '"')),
      );
  }

  test("has the documented columns and every row", async () => {
    const rows = await rowsOf([link, id, "http://x.example/credential/y", other].join("\n"));
    rows[0].state = {
      kind: "found",
      finding: verification("verified", "valid", {
        credential: {
          recipient: { name: 'Ada "Countess", Lovelace\nKing' },
          group: { title: "Rust 101", code: "R" },
          issued_on: "2026-01-15T10:00:00Z",
          valid_until: null,
        },
      }),
    };
    rows[3].state = { kind: "found", finding: undecided("timeout") };
    const [header, ...lines] = cells(model.toCsv(rows));
    const documented = /`(row,[\w,]+)`/.exec(
      (await import("node:fs")).readFileSync(new URL("../../docs/verify-page.md", import.meta.url), "utf8"),
    );
    assert.equal(header.join(), documented?.[1]);
    assert.deepEqual(lines, [
      [
        "1",
        "1",
        link,
        id,
        "verified",
        "valid",
        "",
        "",
        'Ada "Countess", Lovelace\nKing',
        "Rust 101",
        "2026-01-15T10:00:00Z",
        "",
        "2026-11-22T10:00:00.000Z",
        "",
      ],
      ["2", "2", id, id, "duplicate", "", "", "1", "", "", "", "", "", ""],
      [
        "3",
        "3",
        "http://x.example/credential/y",
        "",
        "not_verified",
        "malformed_input",
        "scheme_not_https",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
      ],
      [
        "4",
        "4",
        other,
        "b".repeat(32),
        "could_not_check",
        "indeterminate",
        "timeout",
        "",
        "",
        "",
        "",
        "",
        "2026-11-22T10:00:00.000Z",
        "",
      ],
    ]);
  });

  test("contains no e-mail address of a pasted table", async () => {
    const rows = await rowsOf(
      `name,mail,link\nAda,ada@example.com,${link}\nZoë <zoe@example.com>;x,"zoé+1@bücher.example",`,
    );
    assert.equal(rows[1].entry.shown, "Zoë <…>;x · …");
    assert.doesNotMatch(model.toCsv(rows), /@/);
  });

  test("contains nothing that a spreadsheet would treat as a formula", async () => {
    const names = [
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      "\t1",
      "\r1",
      "\n1",
      "  =1",
      "＝1",
      "＋1",
      "－1",
      "＠1",
      '=1","=2',
    ];
    const written = async (name) => {
      const rows = await rowsOf(link);
      rows[0].state = {
        kind: "found",
        finding: verification("verified", "valid", {
          credential: {
            recipient: { name },
            group: { title: name, code: null },
            issued_on: "",
            valid_until: null,
          },
        }),
      };
      const [, line] = cells(model.toCsv(rows));
      return line;
    };
    for (const name of names) {
      const line = await written(name);
      assert.deepEqual([line[8], line[9]], [`'${name}`, `'${name}`], JSON.stringify(name));
      assert.equal(line.length, 14);
    }
    // What hides a sign from the eye does not hide it from every spreadsheet.
    for (const name of ["\u0000=1", "\u200b=1", "\ufeff＝1", '"=1', "'=1", "\u00a0 @1", "\u001b-1"]) {
      assert.equal((await written(name))[8], `'${name}`, JSON.stringify(name));
    }
    // What another spreadsheet takes for the beginning of a cell, since it does not separate by commas.
    for (const [name, safe] of [
      ["a;=1+1", "a;'=1+1"],
      ["\t=1", "'\t'=1"],
      ['a;"=1+1', `a;"'=1+1`],
      ["a\n=1\r\n +1\t@1", "a\n'=1\r\n '+1\t'@1"],
      ["Rust 101, -advanced; a=b", "Rust 101, -advanced; a=b"],
    ]) {
      const record = await written(name);
      assert.deepEqual([record[8], record.length], [safe, 14]);
    }
    // Long runs of what is looked over are no way to hold the page up.
    const began = performance.now();
    await written("\n".repeat(60_000));
    await written(";".repeat(60_000));
    assert.ok(performance.now() - began < 2000);
    const rows = await rowsOf(`${link},x\n"=cmd|'/c calc'!A1",y`);
    assert.equal(cells(model.toCsv(rows))[2][2], "'=cmd|'/c calc'!A1 · y");
  });
});

describe("the time left", () => {
  test("gives no estimate before a few rows are done", () => {
    const left = new TimeLeft(0);
    assert.equal(left.seconds({ now: 1000, done: 7, remaining: 493 }), null);
    assert.equal(left.seconds({ now: 1000, done: 10, remaining: 490 }), 49);
  });

  test("includes the rest of a pause", () => {
    const left = new TimeLeft(0);
    left.pause({ now: 3000, until: 60_000, done: 300 });
    // 57 s of the pause, and 200 rows at 100 a second.
    assert.equal(left.seconds({ now: 3000, done: 300, remaining: 200 }), 59);
    assert.equal(left.seconds({ now: 33_000, done: 300, remaining: 200 }), 29);
    assert.equal(left.seconds({ now: 61_000, done: 400, remaining: 100 }), 1);
  });

  test("expects further pauses at the interval of the first", () => {
    const left = new TimeLeft(0);
    left.pause({ now: 1000, until: 60_000, done: 100 });
    // 400 rows take four more bursts, with three pauses of 59 s between them.
    assert.equal(left.seconds({ now: 1000, done: 100, remaining: 400 }), 59 + 4 + 3 * 59);
    left.pause({ now: 61_000, until: 120_000, done: 200 });
    assert.equal(left.seconds({ now: 61_000, done: 200, remaining: 300 }), 59 + 3 + 2 * 59);
    // 250 rows in 2.5 s of work; after this burst, two more.
    assert.equal(left.seconds({ now: 120_500, done: 250, remaining: 250 }), 2.5 + 2 * 59);
  });

  test("expects no pause where the first comes before any row is done", () => {
    const left = new TimeLeft(0);
    left.pause({ now: 0, until: 5000, done: 0 });
    assert.equal(left.seconds({ now: 6000, done: 10, remaining: 90 }), 9);
  });
});
