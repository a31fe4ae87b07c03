/** Every document: its links lead somewhere, and nothing of a shell, a merge or a patch is left in it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { anchorsOf, documents, faultsOf, repository } from "./check.mjs";

const all = documents();

test("the documents of the repository are found", () => {
  for (const path of [
    "README.md",
    "SECURITY.md",
    "docs/retries.md",
    "sandbox/README.md",
    "template/README.md",
  ]) {
    assert.ok(all.includes(path), path);
  }
});

for (const path of all) {
  test(`${path} has no dead link and nothing left over`, () => {
    assert.deepEqual(faultsOf(path, repository.read(path), repository), []);
  });
}

describe("the check", () => {
  const files = {
    read: (path) => ({ "docs/other.md": "# Other\n\n## A part, and `code`\n" })[path],
    exists: (path) => ["docs", "docs/page.md", "docs/other.md", "src/lib.rs"].includes(path),
  };
  const faults = (text) =>
    faultsOf("docs/page.md", text, files).map(({ line, fault }) => `${line}: ${fault}`);

  test("accepts links that lead somewhere", () => {
    assert.deepEqual(
      faults(
        [
          "# Page",
          "[a](other.md) [b](other.md#a-part-and-code) [c](#page) [d](../src/lib.rs) [e](../src/lib.rs#L3-L5)",
          "[f](https://thehyperstack.com/docs/api-guide) <https://rustup.rs> [g](mailto:a@example.com)",
          "`[no](link.md)` is code, and so is",
          "```sh",
          "cat > file <<'E' && sed -i '$d' file # TODO",
          "E",
          "```",
          "",
        ].join("\n"),
      ),
      [],
    );
  });

  for (const [name, line, fault] of [
    ["a file that is not there", "[a](gone.md)", "the link gone.md leads to a file that is not there"],
    [
      "a heading that is not there",
      "[a](other.md#b)",
      "the link other.md#b leads to a heading that is not there",
    ],
    [
      "a heading of this page that is not there",
      "[a](#b)",
      "the link #b leads to a heading that is not there",
    ],
    ["a bare link", "[0005](https://github.com/)", "the link https://github.com/ leads to a front page"],
    ["an empty link", "[a]()", "the link  leads nowhere"],
    ["http", "[a](http://thehyperstack.com/x)", "the link http://thehyperstack.com/x is not https"],
    ["out of the repository", "[a](../../x.md)", "the link ../../x.md leads out of the repository"],
    ["the end of a here-document", "E", "the end of a here-document is left over: E"],
    ["a command", "sed -i '$d' a.md; cat b", "a command of a shell is left over: sed -i '$d' a.md; cat b"],
    [
      "the beginning of a here-document",
      "See [a](other.md). E cat >> a.md <<'E'",
      "the beginning of a here-document is left over: See [a](other.md). E cat >> a.md <<'E'",
    ],
    ["a merge", "<<<<<<< HEAD", "a mark of a merge is left over: <<<<<<< HEAD"],
    ["a note", "TODO: more", "a note to oneself is left over: TODO: more"],
    ["a machine's path", "see /home/ada/x", "a path of one machine is left over: see /home/ada/x"],
  ]) {
    test(`finds ${name}`, () => assert.deepEqual(faults(`# Page\n\n${line}\n`), [`3: ${fault}`]));
  }

  test("finds what is not closed, and an end without a line break", () => {
    assert.deepEqual(faults("# Page\n```sh\nls\n"), ["1: a code block is not closed"]);
    assert.deepEqual(faults("# Page\n<!-- x\n"), ["1: a comment is not closed"]);
    assert.deepEqual(faults("# Page"), ["1: it does not end in one line break"]);
  });

  test("makes anchors as GitHub does", () => {
    const text = "# Who?\n## `code`, and _more_\n## Twice\n## Twice\n## [Link](x.md) at an end\n## Zoë's\n";
    assert.deepEqual(
      [...anchorsOf(text)],
      ["who", "code-and-_more_", "twice", "twice-1", "link-at-an-end", "zoës"],
    );
  });
});
