/**
 * What the Worker may be told: every variable's rule, from both sides, and that code, wrangler.jsonc and the table of
 * docs/deploying.md are about the same variables.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Hyperstack } from "hyperstack-credentials";
import { configuration, loadModule } from "../support/worker-module.mjs";

const { readSettings, VARIABLES } = await loadModule("worker-settings.ts");
const { PROBLEMS } = await loadModule("problem.ts");
const root = fileURLToPath(new URL("../../", import.meta.url));
const token = "a-token-that-must-not-be-shown";
const enough = { HYPERSTACK_API_TOKEN: token };
const limit = { limit: async () => ({ success: true }) };
const service = { fetch: async () => new Response() };
/** Not the live API. */
const SANDBOX = { HYPERSTACK_API_BASE: "http://127.0.0.1:8790", HYPERSTACK_MODE: "sandbox" };

/** What a value of one variable comes to. */
const read = (variable, value) => {
  const base = value === "sandbox" ? SANDBOX : {};
  const { settings, faults } = readSettings({ ...enough, ...base, VERIFY_LIMIT: limit, [variable]: value });
  assert.deepEqual(faults, []);
  return settings[variable];
};

const account = (number, more = {}) => ({ label: `Brand ${number}`, token: `token-${number}`, ...more });
const many = (count) => JSON.stringify(Array.from({ length: count }, (_, at) => account(at)));
const long = (length) => "x".repeat(length);

/** A key pair of RFC 8037, appendix A.1. */
const jwk = {
  kty: "OKP",
  crv: "Ed25519",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
};
const { d: _, ...publicJwk } = jwk;

const GOOD = {
  HYPERSTACK_API_TOKEN: [
    ["abc", [{ label: undefined, token: "abc" }]],
    [JSON.stringify([account(1), { token: "t" }]), [account(1), { label: undefined, token: "t" }]],
    [` ${many(16)}`, JSON.parse(many(16))],
  ],
  HYPERSTACK_RECEIPT_KEY: [
    ["", null],
    [JSON.stringify({ ...jwk, kid: "2026" }), { ...jwk, kid: "2026" }],
  ],
  HYPERSTACK_CACHE_SECONDS: [
    ["", 0],
    ["3600", 3600],
  ],
  HYPERSTACK_RECEIPT_PUBLIC_KEYS: [
    ["", []],
    [JSON.stringify([publicJwk]), [publicJwk]],
  ],
  HYPERSTACK_HEALTH_KEY: [
    ["", null],
    [long(32), long(32)],
  ],
  HYPERSTACK_API_BASE: [
    ["", "https://api.thehyperstack.com"],
    ["https://proxy.example:8443/hyperstack/", "https://proxy.example:8443/hyperstack/"],
    ["http://127.0.0.1:8790", "http://127.0.0.1:8790"],
    ["http://localhost:1", "http://localhost:1"],
    ["http://[::1]:1", "http://[::1]:1"],
    ["https://proxy-1.internal/a-b_c~d/v1.0", "https://proxy-1.internal/a-b_c~d/v1.0"],
  ],
  HYPERSTACK_ISSUER_LABEL: [
    ["", null],
    ["Zoë's Academy", "Zoë's Academy"],
    [long(200), long(200)],
  ],
  HYPERSTACK_ISSUER_URL: [
    ["", null],
    ["https://acme.example", "https://acme.example"],
    ["https://www.acme.example/academy/", "https://www.acme.example/academy/"],
  ],
  HYPERSTACK_CONTACT_URL: [
    ["", null],
    ["mailto:verify.help+web@acme.example", "mailto:verify.help+web@acme.example"],
    ["https://acme.example/contact", "https://acme.example/contact"],
  ],
  HYPERSTACK_ISSUER_LOGO: [
    ["", null],
    ["/logo.svg", "/logo.svg"],
    ["/brand/acme-2026.dark.webp", "/brand/acme-2026.dark.webp"],
  ],
  HYPERSTACK_HOSTS: [
    ["", ["hyperstack.id"]],
    [" certificates.acme.example, hyperstack.id,", ["certificates.acme.example", "hyperstack.id"]],
  ],
  HYPERSTACK_ALLOW_METADATA: [
    ["", []],
    ["custom_location, custom_level", ["custom_location", "custom_level"]],
  ],
  HYPERSTACK_COMPARE_NAMES: [
    ["", false],
    ["true", true],
    [true, true],
    ["false", false],
  ],
  HYPERSTACK_SKEW_SECONDS: [
    ["", 300],
    ["0", 0],
    [86_400, 86_400],
  ],
  HYPERSTACK_TIMEOUT_MS: [
    ["", 5000],
    ["100", 100],
    ["30000", 30_000],
  ],
  ALLOWED_ORIGINS: [
    ["", []],
    ["https://acme.example, http://localhost:3000", ["https://acme.example", "http://localhost:3000"]],
    [
      "chrome-extension://abcdefghijklmnop,capacitor://localhost,tauri://localhost",
      ["chrome-extension://abcdefghijklmnop", "capacitor://localhost", "tauri://localhost"],
    ],
  ],
  HYPERSTACK_MODE: [
    ["", "live"],
    ["live", "live"],
    ["sandbox", "sandbox"],
  ],
  HYPERSTACK_SAMPLES: [
    ["", []],
    ['[{"name":"valid"}]', [{ name: "valid" }]],
  ],
};

const BAD = {
  HYPERSTACK_API_TOKEN: [
    "a b",
    "abc\n",
    "zoë",
    long(4097),
    {},
    "[",
    "[]",
    "[1]",
    '["abc"]',
    '[{"label":"A"}]',
    '[{"token":"a b"}]',
    '[{"token":1}]',
    '[{"token":"a","label":" "}]',
    '[{"token":"a","label":null}]',
    '[{"token":"a","name":"A"}]',
    '[{"token":"a"},{"token":"a"}]',
    many(17),
  ],
  HYPERSTACK_RECEIPT_KEY: [
    "x",
    "null",
    "[]",
    JSON.stringify(publicJwk),
    JSON.stringify({ ...jwk, kty: "EC" }),
    JSON.stringify({ ...jwk, crv: "X25519" }),
    JSON.stringify({ ...jwk, d: "short" }),
    JSON.stringify({ ...jwk, x: `${jwk.x}=` }),
  ],
  HYPERSTACK_CACHE_SECONDS: ["3601", "-1", "1.5", "true"],
  HYPERSTACK_RECEIPT_PUBLIC_KEYS: [
    "x",
    JSON.stringify(publicJwk),
    // The private half is for the secret.
    JSON.stringify([jwk]),
    JSON.stringify([{ ...publicJwk, x: 1 }]),
  ],
  HYPERSTACK_HEALTH_KEY: [long(31), `${long(32)} `],
  HYPERSTACK_API_BASE: [
    "api.thehyperstack.com",
    "http://api.thehyperstack.com",
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "ftp://a.example",
    "https://user@a.example",
    "https://a.example?x",
    "https://a.example#x",
    "https://a.example/ x",
    "https://",
    "HTTPS://a.example",
    "https://a_b.example",
    "https://-a.example",
    "https://a..example",
    "https://a.example.",
    "https://a.example:0",
    "https://a.example:65536",
    "https://a.example:",
    "https://a.example/../x",
    "https://a.example/.",
    "https://a.example/%41",
    "https://bücher.example",
    "https://[::2]",
    "http://127.1",
    "http://127.0.0.256",
    "http://2130706433",
    1,
  ],
  HYPERSTACK_ISSUER_LABEL: [" ", long(201), {}],
  HYPERSTACK_ISSUER_URL: [
    "acme.example",
    "http://acme.example",
    "javascript:alert(1)",
    "https://user@acme.example",
    "https://acme.example:8443",
    "https://acme.example/?x",
    "https://acme.example/#x",
    "https://acme.example/ x",
    "https://localhost",
    `https://acme.example/${long(500)}`,
    {},
  ],
  HYPERSTACK_CONTACT_URL: [
    "help@acme.example",
    "mailto:",
    "mailto:help",
    "mailto:help@localhost",
    "mailto:help@acme.example?subject=x",
    "mailto:a@acme.example,b@acme.example",
    "mailto:a@b@acme.example",
    "mailto:help@acme.example\nContact: x",
    "MAILTO:help@acme.example",
    "javascript:alert(1)",
    "http://acme.example",
    "tel:+44",
    {},
  ],
  HYPERSTACK_ISSUER_LOGO: [
    "logo.svg",
    "/logo",
    "//evil.example/logo.svg",
    "https://evil.example/logo.svg",
    "/../logo.svg",
    "/a/../logo.svg",
    "/logo.svg?x",
    "/logo.svg#x",
    "/logo.gif",
    "/lo go.svg",
    "data:image/png;base64,x.png",
    {},
  ],
  HYPERSTACK_HOSTS: [
    ",",
    "*.acme.example",
    "https://acme.example",
    "acme.example:443",
    "acme.example/",
    "localhost",
    "127.0.0.1",
    "acme.example acme.test",
    "-a.example",
    "bücher.example",
    ["acme.example"],
  ],
  HYPERSTACK_ALLOW_METADATA: ["location", "custom_", "custom_a custom_b", '["custom_a"]', ["custom_a"]],
  HYPERSTACK_COMPARE_NAMES: ["yes", "1", "True", 1, {}],
  HYPERSTACK_SKEW_SECONDS: ["-1", "1.5", "86401", "5m", " 5", "1e3", Number.NaN, 1.5],
  HYPERSTACK_TIMEOUT_MS: ["99", "30001", "5s"],
  ALLOWED_ORIGINS: [
    "*",
    "acme.example",
    "https://acme.example/",
    "https://acme.example/x",
    "null",
    "HTTPS://A.example",
    "https://*.acme.example",
    "*.acme.example",
    "chrome-extension://*",
    "chrome-extension://abc/",
    "file:///index.html",
    "file://server",
    "data:text/html,x",
    "https://acme.example https://acme.test",
  ],
  HYPERSTACK_MODE: ["production", "Sandbox"],
  HYPERSTACK_SAMPLES: ["{}", "[", "x"],
};

describe("rules", () => {
  for (const [variable, { rule }] of Object.entries(VARIABLES)) {
    test(variable, () => {
      for (const [value, wanted] of GOOD[variable]) {
        assert.deepEqual(read(variable, value), wanted, JSON.stringify(value));
      }
      for (const value of BAD[variable]) {
        const { settings, faults } = readSettings({ ...enough, [variable]: value });
        assert.deepEqual(
          [settings, faults],
          [null, [{ variable, rule: `must be ${rule}` }]],
          JSON.stringify(value),
        );
      }
    });
  }

  test("requires a token, and no fault shows it", () => {
    const variable = "HYPERSTACK_API_TOKEN";
    for (const env of [{}, { [variable]: "" }]) {
      assert.deepEqual(readSettings(env).faults, [{ variable, rule: "must be set" }]);
    }
    const { faults } = readSettings(
      Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, ` ${token} ${long(200)}`])),
    );
    assert.equal(faults.length, Object.keys(VARIABLES).length, JSON.stringify(faults));
    assert.ok(!JSON.stringify(faults).includes(token));
  });

  test("a misspelt variable is a fault, a foreign one is not", () => {
    const { faults } = readSettings({
      ...enough,
      HYPERSTACK_ALLOWED_HOSTS: "x",
      OTHER: "x",
      ASSETS: service,
    });
    assert.deepEqual(faults, [
      { variable: "HYPERSTACK_ALLOWED_HOSTS", rule: "is not a setting of this Worker" },
    ]);
  });

  test("compares names only if guessing is limited", () => {
    const asked = { ...enough, HYPERSTACK_COMPARE_NAMES: "true" };
    assert.deepEqual(readSettings(asked).faults, [
      { variable: "VERIFY_LIMIT", rule: "must be bound if HYPERSTACK_COMPARE_NAMES is true" },
    ]);
    assert.deepEqual(readSettings({ ...asked, VERIFY_LIMIT: limit }).faults, []);
    // Nobody's name is in the sandbox.
    assert.deepEqual(readSettings({ ...asked, ...SANDBOX }).faults, []);
  });

  test("refuses sandbox mode with the live API, in any spelling", () => {
    const fault = {
      variable: "HYPERSTACK_MODE",
      rule: "must be live if HYPERSTACK_API_BASE is the live API",
    };
    for (const base of [
      undefined,
      "",
      "https://api.thehyperstack.com",
      "https://api.thehyperstack.com:443/",
      "https://API.TheHyperstack.com",
      "https://eu.api.thehyperstack.com/v1",
    ]) {
      const asked = { ...enough, HYPERSTACK_MODE: "sandbox", HYPERSTACK_API_BASE: base };
      assert.deepEqual(readSettings(asked).faults, [fault], base);
      assert.deepEqual(readSettings({ ...asked, UPSTREAM: service }).faults, [fault], base);
    }
    for (const base of [SANDBOX.HYPERSTACK_API_BASE, "https://sandbox.example/api.thehyperstack.com"]) {
      const asked = { ...enough, HYPERSTACK_MODE: "sandbox", HYPERSTACK_API_BASE: base };
      assert.deepEqual(readSettings(asked).faults, [], base);
    }
  });

  test("a binding that is a string, or lacks its method, is a fault", () => {
    const named = { ASSETS: service, VERIFY_LIMIT: limit, LIST_LIMIT: limit, UPSTREAM: service };
    assert.deepEqual(readSettings({ ...enough, ...named }).faults, []);
    for (const variable of Object.keys(named)) {
      for (const value of [
        "60",
        "https://proxy.example",
        "",
        60,
        true,
        null,
        {},
        { limit: 60, fetch: "x" },
      ]) {
        assert.deepEqual(
          readSettings({ ...enough, ...named, [variable]: value }).faults,
          [{ variable, rule: "must be a binding, not a variable" }],
          JSON.stringify(value),
        );
      }
    }
  });

  test("accepts the same API bases as the client", async () => {
    for (const text of [
      ...GOOD.HYPERSTACK_API_BASE.map(([value]) => value),
      ...BAD.HYPERSTACK_API_BASE.filter((value) => typeof value === "string"),
    ]) {
      if (text === "") continue;
      const fetched = new Error("fetched");
      const client = new Hyperstack({
        token,
        baseUrl: text,
        maxRetries: 0,
        fetch: () => Promise.reject(fetched),
      });
      const { code } = await client.account.get().then(
        () => assert.fail("nothing answers"),
        (thrown) => thrown,
      );
      const accepted = readSettings({ ...enough, HYPERSTACK_API_BASE: text }).faults.length === 0;
      assert.equal(code, accepted ? "connection_failed" : "invalid_request", text);
    }
  });
});

describe("one table", () => {
  const { vars, secrets, ratelimits, observability } = configuration();
  const deploying = readFileSync(join(root, "docs/deploying.md"), "utf8");
  const described = [...deploying.matchAll(/^\| `(\w+)` \| (secret|variable) \| (.*?) \| (.*?) \| .+ \|$/gm)];

  test("docs/deploying.md has every variable with its kind, its default and its rule", () => {
    assert.deepEqual(
      described.map(([, name, kind, initial, rule]) => [name, kind, initial, rule]),
      Object.entries(VARIABLES).map(([name, { secret, initial, rule }]) => {
        const without = initial === "required" ? "required" : initial ? `\`${initial}\`` : "none";
        return [name, secret ? "secret" : "variable", without, rule];
      }),
    );
  });

  test("docs/deploying.md has every problem of the Worker with its status", () => {
    const rows = [...deploying.matchAll(/^\| `(\w+)` \| (\d+) \| .+ \|$/gm)];
    assert.deepEqual(
      rows.map(([, code, status]) => [code, Number(status)]),
      Object.entries(PROBLEMS).map(([code, [status]]) => [code, status]),
    );
  });

  test("wrangler.jsonc has every variable with its default, and no secret", () => {
    assert.deepEqual(
      vars,
      Object.fromEntries(
        Object.entries(VARIABLES)
          .filter(([, { secret }]) => !secret)
          .map(([name, { initial }]) => [name, initial ?? ""]),
      ),
    );
    // With them, wrangler would ignore every other secret of .dev.vars (worker-dev-vars.test.mjs).
    assert.equal(secrets, undefined);
    assert.deepEqual(readSettings({ ...vars, ...enough }).faults, []);
  });

  test("wrangler.jsonc limits visitors, and has no log of Cloudflare's own", () => {
    // `retry-after` of a refused visitor is a minute.
    assert.deepEqual(
      ratelimits.map(({ name, simple }) => [name, simple.period]),
      [
        ["VERIFY_LIMIT", 60],
        ["LIST_LIMIT", 60],
      ],
    );
    assert.deepEqual(observability, { enabled: true, logs: { enabled: true, invocation_logs: false } });
  });
});

describe("the check before a deployment", () => {
  const check = async (config, secrets) => {
    const folder = mkdtempSync(join(tmpdir(), "settings-"));
    try {
      const args = [join(root, "www/check-settings.mjs"), "--config", join(folder, "wrangler.jsonc")];
      writeFileSync(join(folder, "wrangler.jsonc"), config);
      if (secrets !== undefined) {
        writeFileSync(join(folder, "secrets"), secrets);
        args.push("--secrets-file", join(folder, "secrets"));
      }
      const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
      assert.equal(stdout + stderr, "");
      return [];
    } catch (error) {
      assert.equal(error.code, 1, error.stderr);
      assert.ok(!error.stderr.includes(token));
      return error.stderr.trimEnd().split("\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const shipped = readFileSync(join(root, "www/wrangler.jsonc"), "utf8");

  test("accepts the shipped configuration, with secrets in either form", async () => {
    assert.deepEqual(await check(shipped), []);
    assert.deepEqual(await check(shipped, `HYPERSTACK_API_TOKEN="${token}"\n`), []);
    assert.deepEqual(await check(shipped, JSON.stringify(enough)), []);
  });

  test("names faults in the configuration and the secrets", async () => {
    const config = `{ "vars": { "HYPERSTACK_HOSTS": "*", }, /* and no limit */ }`;
    assert.deepEqual(await check(config), [`HYPERSTACK_HOSTS: must be ${VARIABLES.HYPERSTACK_HOSTS.rule}`]);
    const secrets = JSON.stringify({ HYPERSTACK_API_TOKEN: `${token}\n`, HYPERSTACK_COMPARE_NAMES: "true" });
    assert.deepEqual(await check('{ "vars": { "HYPERSTACK_MODE": "sandbox", "VERIFY_LIMIT": "60" } }'), [
      "VERIFY_LIMIT: must be a binding, not a variable",
      "HYPERSTACK_MODE: must be live if HYPERSTACK_API_BASE is the live API",
    ]);
    const bound = '{ "vars": {}, "services": [{ "binding": "UPSTREAM", "service": "proxy" }] }';
    assert.deepEqual(await check(bound), []);
    assert.deepEqual(await check('{ "vars": {} }', secrets), [
      `HYPERSTACK_API_TOKEN: must be ${VARIABLES.HYPERSTACK_API_TOKEN.rule}`,
      "VERIFY_LIMIT: must be bound if HYPERSTACK_COMPARE_NAMES is true",
    ]);
  });
});
