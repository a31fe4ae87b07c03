/** E-mail addresses in strings from outside: none gets into the page's own address, into rows or into a saved file. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pageModule } from "../support/page-module.mjs";

const { mayHoldAddress, shownInput, withoutAddresses } = await pageModule("addresses");
const { repeatableLink } = await pageModule("finding");
const { readList } = await pageModule("list-input");
const { makeRows, toCsv } = await pageModule("list-model");

const id = "DemoValid00000000000000000000001";
const link = `https://hyperstack.id/credential/${id}`;

/** Spellings of zoe.larsson@example.com. */
const SPELLINGS = [
  "zoe.larsson@example.com",
  "ZOE.LARSSON@EXAMPLE.COM",
  "zoe.larsson%40example.com",
  "zoe.larsson%2540example.com",
  "zoe.larsson%252540example.com",
  "zoe%2Elarsson%40example%2Ecom",
  "zoe.larsson\uff20example.com",
  "zoe.larsson\ufe6bexample.com",
  "zoe.larsson%EF%BC%A0example.com",
  "\uff5a\uff4f\uff45@\uff45xample.com",
  "z\u200boe.larsson\u00ad@exam\u00adple.com",
  "zoe.larsson%E2%80%8B@example.com",
  "zoe.larsson&#64;example.com",
  "zoe.larsson&#0064;example.com",
  "zoe.larsson&#x40;example.com",
  "zoe.larsson&#x040;example.com",
  "zoe.larsson&amp;#64;example.com",
  "zoe.larsson&commat;example.com",
  "zoe.larsson=40example.com",
  "zoe.larsson\\u0040example.com",
  "zoe.larsson\\x40example.com",
  "zoe.larsson(at)example.com",
  "zoe.larsson[at]example.com",
  "zoe.larsson{AT}example.com",
  "zoe.larsson%28at%29example.com",
  "zoe.larsson(at)example(dot)com",
  "zoe.larsson+at+example.com",
  "zoe.larsson%20at%20example.com",
  "zoe.larsson%20at%20example%20dot%20com",
  "zoe.larsson-at-example-dot-com",
  "zoe.larsson%u0040example.com",
  "zoe.larsson\\100example.com",
  "zoe.larsson=28at=29example.com",
  "zoe.larsson&percnt;40example.com",
  "zoe.larsson&lt;at&gt;example.com",
  "zoe.larsson&lsqb;at&rsqb;example.com",
  "zoe.larsson*at*example.com",
  "zoe.larsson~at~example.com",
  "zoe.larsson|at|example.com",
  "zoe.larsson\u00abat\u00bbexample.com",
  "zoe.larsson\u3010at\u3011example.com",
  "zoe.larsson\u300cat\u300dexample.com",
];
const WITH_SPACES = [
  "zoe.larsson @ example.com",
  "zoe.larsson\u00a0@\u00a0example.com",
  "zoe.larsson\u3000@\u3000example.com",
  "zoe.larsson\u2003@\u2009example.com",
  "zoe.larsson\u2028@example.com",
  "zoe.larsson (at) example.com",
  "zoe.larsson\u00a0(\u200bat\u200b)\u00a0example.com",
  "zoe.larsson [ at ] example.com",
  "zoe.larsson at example.com",
  "zoe.larsson at example\u3002com",
  "zoe.larsson\u2800@\u2800example.com",
  "zoe.larsson AT example DOT com",
];

const PLAIN = [
  "",
  "Larsson, Zoë",
  "Zoë Larsson",
  "First Aid at Work",
  "Training at Acme Academy, Level 2",
  "Rust 101 (advanced)",
  "50 % of 100%",
  "Grade = 40 points",
  link,
  `${link}?view=recipient`,
  `${link}?utm_source=mail&utm_medium=x#top`,
  id,
  "https://certificates.acme.example/credential/look-at-this",
];

describe("a string", () => {
  for (const text of [...SPELLINGS, ...WITH_SPACES]) {
    test(`${JSON.stringify(text)} holds an address`, () => {
      assert.equal(mayHoldAddress(text), true);
      for (const around of [`Zoë Larsson <${text}>`, `mail ${text}, please`, text]) {
        assert.doesNotMatch(withoutAddresses(around), /larsson.{0,12}example/i);
        assert.equal(mayHoldAddress(withoutAddresses(around)), false);
      }
    });
  }
  for (const text of PLAIN) {
    test(`${JSON.stringify(text)} holds no address`, () => {
      assert.equal(mayHoldAddress(text), false);
      assert.equal(withoutAddresses(text), text);
    });
  }

  test("of great length is checked quickly, and treated as holding an address", () => {
    assert.equal(mayHoldAddress("x".repeat(5001)), true);
    const began = performance.now();
    for (const part of ["a ", "at ", "(", " at", "%40".repeat(3), "&#", "=", "- at -"]) {
      mayHoldAddress(part.repeat(5000 / part.length));
    }
    assert.ok(performance.now() - began < 2000);
  });
});

describe("a shared link", () => {
  for (const text of SPELLINGS) {
    test(`has no address: ${text}`, () => {
      for (const entered of [
        `${link}?email=${text}`,
        `${link}#${text}`,
        `${link}x?to=${text}`,
        `https://${text}@hyperstack.id/credential/${id}`,
        `https://${text}:secret@hyperstack.id/credential/${id}`,
        `https://hyperstack.id@${text}/credential/${id}`,
        `https://hyperstack.id/credential/${text}`,
        `https://hyperstack.id/${text}/credential/${id}`,
        `mailto:${text}`,
        text,
      ]) {
        const passed = repeatableLink(null, entered, ["hyperstack.id"]);
        assert.ok(["", link, `${link}x`].includes(passed), `${entered}: ${passed}`);
      }
    });
  }

  test("may use a known trick, which is not an address", () => {
    const trick = `https://hyperstack.id@evil.example/credential/${id}`;
    assert.equal(repeatableLink(null, trick, ["hyperstack.id"]), trick);
    assert.equal(shownInput(trick, ["hyperstack.id"]), trick);
    assert.equal(repeatableLink(null, trick, ["certificates.acme.example"]), "");
  });

  test("is shown without its query if that holds an address", () => {
    assert.equal(shownInput(`${link}?email=zoe%40example.com`), `${link}…`);
    assert.equal(shownInput(`${link}?view=recipient`), `${link}?view=recipient`);
    assert.equal(shownInput("https://zoe@example.com@hyperstack.id/x"), "https:…");
  });
});

describe("a list", () => {
  const parse = async (text) =>
    text.startsWith(link)
      ? { ok: true, input_kind: "url", id, canonical_url: link }
      : { ok: false, code: "path" };

  for (const text of [...SPELLINGS, ...WITH_SPACES]) {
    test(`is saved without ${JSON.stringify(text)}`, async () => {
      const table = [
        "name,mail,link",
        `Zoë,${text},${link}?email=${text}`,
        `Zoë,${text},https://${text}@hyperstack.id/credential/${id}`,
        `Zoë,${text},https://hyperstack.id/credential/${text}`,
        `${text},x,`,
        `Zoë <${text}>,x,`,
      ].join("\n");
      const { entries } = readList(table);
      const rows = await makeRows(entries, parse);
      assert.ok(rows.length >= 5);
      const csv = toCsv(rows);
      // Words around a sign that stood in a cell of their own are left, but no address.
      for (const line of csv.split("\r\n")) assert.equal(mayHoldAddress(line), false, line);
      assert.doesNotMatch(csv, /larsson[^"]{0,12}example/i);
    });
  }
});
