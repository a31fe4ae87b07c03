// What the verify page and the element suggest for an input that is not a credential link: only links that pass the grammar, on trusted hosts.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCredentialUrl } from "hyperstack-credentials";
import { importSource } from "../support/source.mjs";

const { suggestedLink } = await importSource("pkg-template/src/suggestion.ts");

const hosts = ["hyperstack.id", "certificates.acme.example"];
const id = "DemoValid00000000000000000000001";
const uuid = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
const link = `https://hyperstack.id/credential/${id}`;
const acme = `https://certificates.acme.example/credential/${id}`;
const other = `https://hyperstack.id/credential/${"b".repeat(31)}1`;
const encoded = encodeURIComponent(link);

/** Inputs and their suggestions, by what is wrong with the input. */
const suggested = {
  "no scheme": [`hyperstack.id/credential/${id}`, link],
  "no scheme, another trusted host": [`certificates.acme.example/credential/${id}`, acme],
  http: [`http://hyperstack.id/credential/${id}`, link],
  "http in capitals, with a query": [`HTTP://Hyperstack.ID/credential/${id}?view=recipient#top`, link],
  www: [`https://www.hyperstack.id/credential/${id}`, link],
  "http and www": [`http://www.hyperstack.id/credential/${id}/`, link],
  "angle brackets": [`<${link}>`, link],
  "a full stop behind it": [`${link}.`, link],
  "brackets around it": [`(${link})`, link],
  "a bracket and a full stop": [`${link}).`, link],
  "quotes around it": [`„${link}“`, link],
  "words before it": [`Certificate: ${link}`, link],
  "words before it, without a space": [`Certificate:${link}`, link],
  "words around it": [`My certificate is at ${link}, please check.`, link],
  "the same link twice": [`${link}\n${link}`, link],
  "an id with spaces": ["DemoValid 0000 0000 0000 0000 0000 001", id],
  "an id with a line break": [`${id.slice(0, 20)}\n${id.slice(20)}`, id],
  "an id in brackets": [`[${id}]`, id],
  "a UUID with spaces": [` ${uuid.slice(0, 8)} ${uuid.slice(8)}`, uuid],
  "a link with a line break": [`${link.slice(0, 40)}\r\n${link.slice(40)}`, link],
  "Safe Links": [
    `https://eur03.safelinks.protection.outlook.com/?url=${encoded}&data=05%7C01%7C&sdata=x%3D&reserved=0`,
    link,
  ],
  "Safe Links with a query inside": [
    `https://nam12.safelinks.protection.outlook.com/?url=${encodeURIComponent(`${link}?view=recipient`)}&data=x`,
    link,
  ],
  "Safe Links around http": [
    `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(link.replace("https", "http"))}`,
    link,
  ],
  "Proofpoint, second version": [
    `https://urldefense.proofpoint.com/v2/url?u=https-3A__hyperstack.id_credential_${id}&d=DwMF&c=x`,
    link,
  ],
  "Proofpoint, third version": [`https://urldefense.com/v3/__${link}__;!!Abc!xyz$`, link],
  Barracuda: [`https://linkprotect.cudasvc.com/url?a=${encoded}&c=E,1,x&typo=1`, link],
  Google: [`https://www.google.com/url?q=${encoded}&sa=D`, link],
  LinkedIn: [`https://www.linkedin.com/safety/go?url=${encoded}&trk=x`, link],
  Facebook: [`https://l.facebook.com/l.php?u=${encoded}&h=x`, link],
  "wrapped twice": [
    `https://www.google.com/url?q=${encodeURIComponent(`https://eur03.safelinks.protection.outlook.com/?url=${encoded}`)}`,
    link,
  ],
};

/** By why there is no suggestion. */
const none = {
  nothing: "",
  "a word": "certificate",
  "a sentence as long as an id": "This sentence is exactly as long as it",
  "another host": `http://evil.example/credential/${id}`,
  "a look-alike host": `hyperstack.id.evil.example/credential/${id}`,
  "another subdomain": `https://app.hyperstack.id/credential/${id}`,
  "letters that are not plain ones": `http://hyperstаck.id/credential/${id}`,
  "a trusted host as a user name": `http://hyperstack.id@evil.example/credential/${id}`,
  "a user name": `http://user@hyperstack.id/credential/${id}`,
  "a port": `http://hyperstack.id:8080/credential/${id}`,
  "an encoded host": `http://hyperstack%2eid/credential/${id}`,
  backslashes: `http:\\\\hyperstack.id\\credential\\${id}`,
  "another path": `http://hyperstack.id/badge/${id}`,
  "a trusted link in another's path": `https://evil.example/hyperstack.id/credential/${id}`,
  "a trusted link in another's query": `https://evil.example/?url=${encoded}`,
  "a host that only looks like a wrapper": `https://safelinks.protection.outlook.com.evil.example/?url=${encoded}`,
  "a wrapper around another host": `https://www.google.com/url?q=${encodeURIComponent(`https://evil.example/credential/${id}`)}`,
  "a wrapper with a user name": `https://x@www.google.com/url?q=${encoded}`,
  "an id that is too short": `hyperstack.id/credential/${id.slice(1)}`,
  "an id in the wrong case": `hyperstack.id/credential/${uuid.toUpperCase()}`,
  "two different links": `${link} ${other}`,
  "an e-mail address": "zoe@example.com",
  "a text that is too long": `${link} ${"x".repeat(5000)}`,
};

describe("suggests", () => {
  for (const [name, [input, wanted]] of Object.entries(suggested)) {
    test(name, async () => {
      assert.equal((await parseCredentialUrl(input, { hosts })).ok, false, "the grammar refuses the input");
      assert.equal(suggestedLink(input, hosts), wanted);
      assert.equal((await parseCredentialUrl(wanted, { hosts })).ok, true);
    });
  }
});

describe("suggests nothing for", () => {
  for (const [name, input] of Object.entries(none)) {
    test(name, () => assert.equal(suggestedLink(input, hosts), null));
  }

  test("a host that is not in the list of this service", () => {
    assert.equal(suggestedLink(`http://hyperstack.id/credential/${id}`, ["certificates.acme.example"]), null);
  });
});
