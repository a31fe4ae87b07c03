/** The examples of `openapi.yaml` are those of `tests/vectors/fixtures.json`: each in its place, none more, none less. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { match, operations, read, resolve } from "../support/openapi.mjs";

const fixtures = JSON.parse(readFileSync(new URL("../vectors/fixtures.json", import.meta.url), "utf8"));

// Compared as text: the documentation's order of keys counts too.
const request = (id, value) => `${id}: request ${JSON.stringify(value)}`;
const response = (id, status, value) => `${id}: response ${status} ${JSON.stringify(value)}`;
const parameter = (id, name, value) => `${id}: ${name} ${JSON.stringify(value)}`;
const page = (id, url) => `${id}: page ${url}`;

/** What the fixtures say, as lines. */
function linesOfFixtures(document) {
  const lines = fixtures.flatMap((fixture) => {
    const id = fixture.endpoint;
    const found = operations(document).find((operation) => operation.id === id);
    const values = found?.method === fixture.method ? match(found.template, fixture.path) : null;
    if (values === null) return [`${id}: is ${fixture.method} ${fixture.path}`];
    // A failure given without a status stands where OpenAPI puts every status that is not listed.
    const status = fixture.status ?? "default";
    return [
      page(id, /^https:\S+?(?=(?:\.md)?(?: |$))/.exec(fixture.source)[0]),
      response(id, status, fixture.response_body),
      ...(fixture.request_body === null ? [] : [request(id, fixture.request_body)]),
      ...Object.entries(values).map(([name, value]) => parameter(id, name, value)),
    ];
  });
  return [...new Set(lines)].sort();
}

/** What the document says of the operations that the fixtures know, as lines, and its `examples` as they were met. */
function linesOfDocument(document) {
  const met = new Set();
  const examples = (holder) => {
    if (holder?.examples === undefined) return [];
    met.add(holder.examples);
    return Object.values(holder.examples).map((example) => resolve(document, example).value);
  };
  const known = new Set(fixtures.map((fixture) => fixture.endpoint));
  const lines = operations(document).flatMap(({ id, operation, parameters, responses }) => [
    ...(known.has(id) ? [page(id, operation.externalDocs.url)] : []),
    ...parameters.flatMap((each) => examples(each).map((value) => parameter(id, each.name, value))),
    ...Object.values(operation.requestBody?.content ?? {}).flatMap((body) =>
      examples(body).map((value) => request(id, value)),
    ),
    ...Object.entries(responses).flatMap(([status, { content }]) =>
      Object.values(content).flatMap((body) => examples(body).map((value) => response(id, status, value))),
    ),
  ]);
  return { lines: lines.sort(), met };
}

/** Where `example` or `examples` stands that `linesOfDocument` does not look at. */
function strayExamples(node, met, place = "#") {
  if (node === null || typeof node !== "object") return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (met.has(value)) return [];
    const here = `${place}/${key}`;
    return key === "example" || key === "examples" ? [here] : strayExamples(value, met, here);
  });
}

test("every fixture is an example, every example is a fixture", () => {
  const document = read();
  const { lines } = linesOfDocument(document);
  assert.ok(fixtures.length > 40 && lines.length > fixtures.length);
  assert.deepEqual(lines, linesOfFixtures(document));
});

test("examples are nowhere else", () => {
  const document = read();
  assert.deepEqual(strayExamples(document, linesOfDocument(document).met), []);
});

test("describes the 16 operations and the older path", () => {
  const all = operations(read());
  assert.equal(all.length, 17);
  assert.deepEqual(
    all.filter(({ operation }) => operation.deprecated).map(({ template }) => template),
    ["/v1/credential/issue"],
  );
});

test("finds any difference", () => {
  const generate = (document) => document.paths["/v1/credentials/generate"].post;
  const answer = (document, status) => generate(document).responses[status].content["application/json"];
  const changes = {
    "another value": (document) => {
      answer(document, "402").examples.low_balance.value.error_code = "no_balance";
    },
    "another order of keys": (document) => {
      const { success, ...rest } = answer(document, "402").examples.low_balance.value;
      answer(document, "402").examples.low_balance.value = { ...rest, success };
    },
    "an example that is missing": (document) => {
      delete generate(document).requestBody.content["application/json"].examples;
    },
    "an example that nobody documents": (document) => {
      answer(document, "200").examples.more = { value: { success: true } };
    },
    "an example at another status": (document) => {
      const { responses } = generate(document);
      [responses["402"], responses["409"]] = [responses["409"], responses["402"]];
    },
    "another method": (document) => {
      const item = document.paths["/v1/credentials/generate"];
      [item.put, item.post] = [item.post, undefined];
    },
    "another key in a path": (document) => {
      document.components.parameters.document_id.examples.success.value = "another";
    },
    "another page": (document) => {
      generate(document).externalDocs.url += "s";
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    const document = read();
    change(document);
    assert.notDeepEqual(linesOfDocument(document).lines, linesOfFixtures(document), what);
  }
  const document = read();
  document.components.schemas.Account.properties.message.example = "Authentication Successful";
  assert.equal(strayExamples(document, linesOfDocument(document).met).length, 1);
});
