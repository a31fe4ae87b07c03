/** What the compiler says of right and wrong uses of the package. Nothing here runs. */
import {
  type ApiPromise,
  type ApiResponse,
  assertVerified,
  type Credential,
  confirmWebhook,
  createReceipt,
  createVerifyHandler,
  Hyperstack,
  type HyperstackError,
  type IndeterminateReason,
  type Issue,
  type IssuedCredential,
  type IssueManyItem,
  importReceiptKey,
  type init,
  isHyperstackError,
  isVerified,
  type LifecycleStatus,
  type ParsedCredentialUrl,
  type Privacy,
  type PublicationStatus,
  parseCredentialUrl,
  parseWebhook,
  receiptKeySet,
  type SkipReason,
  signReceipt,
  type UnsignedReceipt,
  ValidationError,
  type Verdict,
  type Verification,
  type VerifiedCredential,
  Verifier,
  verifyInAccounts,
  verifyReceipt,
  WebhookError,
  type WebhookEvent,
} from "hyperstack-credentials";

/** Accepts nothing but the very type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

const client = new Hyperstack({ token: "t" });
void new Hyperstack({ token: "t", trimWhitespace: true });

export async function calls(signal: AbortSignal): Promise<void> {
  const call = client.credentials.view("id");
  same<typeof call, ApiPromise<Credential>>(true);
  same<Awaited<typeof call>, Credential>(true);
  const { data, status, headers, requestId, attempts } = await call.withResponse();
  same<typeof data, Credential>(true);
  same<
    [typeof status, typeof headers, typeof requestId, typeof attempts],
    [number, Headers, string | null, number]
  >(true);
  const [first, second] = await Promise.all([call, client.groups.create({ title: "T", description: "D" })]);
  same<[typeof first.status, typeof second.group_key], [LifecycleStatus, string]>(true);
  const plain: Promise<Credential> = call;
  const answer: ApiResponse<Credential> = await call.withResponse();
  void [plain, answer];

  await client.credentials.view("id", {
    signal,
    timeoutMs: 1,
    totalTimeoutMs: 2,
    maxRetries: 0,
    maxResponseBytes: 9,
  });
  await client.credentials.view("id", { signal: undefined, timeoutMs: undefined });
  await client.verify("id", { now: new Date(), hosts: ["a.example"] as const, allowMetadata: ["custom_a"] });
  await client.verify("id", { now: 0, skewSeconds: 0, recipientName: "A", issuerLabel: "B" });

  // @ts-expect-error an id is needed
  client.credentials.view();
  // @ts-expect-error an id is a string
  client.credentials.publish(7);
  // @ts-expect-error no such option
  client.credentials.view("id", { timeout: 1 });
  // @ts-expect-error numbers are numbers
  client.credentials.view("id", { maxRetries: "2" });
  // @ts-expect-error a signal is an AbortSignal
  client.credentials.view("id", { signal: {} });
  // @ts-expect-error title and description are required
  client.groups.create({ badge_template: "b" });
  // @ts-expect-error fields are spelled as the API spells them
  client.groups.create({ title: "T", description: "D", badgeTemplate: "b" });
  // @ts-expect-error tags are strings
  client.groups.create({ title: "T", description: "D", tags: [1] });
  // @ts-expect-error a recipient has an address
  client.credentials.generate({ recipient: { name: "A" }, group_key: "k" });
  client.credentials.generate({
    recipient: { name: "A", email: "a@example.com" },
    group_key: "k",
    // @ts-expect-error custom attributes begin with custom_
    custom_attributes: { place: "Mars" },
  });
  client.credentials.generate({
    recipient: { name: "A", email: "a@example.com" },
    group_key: "k",
    // @ts-expect-error a Date is no JSON
    custom_attributes: { custom_day: new Date() },
  });
  // @ts-expect-error a link is text
  client.verify(new URL("https://hyperstack.id/"));
  same<ReturnType<typeof verifyInAccounts>, Promise<Verification>>(true);
  await verifyInAccounts("id", [{ client, label: "A" }] as const, { recipientName: "A", signal });
  // @ts-expect-error accounts are a list
  verifyInAccounts("id", client);
  // @ts-expect-error an expiry that is not said would be erased
  client.credentials.update("id", {});
  // @ts-expect-error the API takes seconds, not text
  client.credentials.update("id", { expiry: "2030-01-01" });
  client.credentials.update("id", { expiry: new Date() });
  // @ts-expect-error without a limit a list may be without an end
  client.credentials.list().toArray();
  // @ts-expect-error a list is walked, not awaited
  client.credentials.list().then;
  client.webhooks.subscribe({ url: "https://a.example", events: ["credential.issued", "credential.later"] });
}

export function constructors(): void {
  new Hyperstack({ token: () => "t" });
  new Hyperstack({ token: async () => "t", baseUrl: undefined, fetch: undefined });
  new Hyperstack({ token: "t", fetch: (url: string, init: RequestInit) => fetch(url, init) });
  new Hyperstack({ token: "t", fetch });
  const variable: string | undefined = (globalThis as { token?: string }).token;
  new Hyperstack({ token: variable, baseUrl: variable });
  // @ts-expect-error a token is needed
  new Hyperstack({});
  // @ts-expect-error options are needed
  new Hyperstack();
  // @ts-expect-error a token is text
  new Hyperstack({ token: 7 });
  // @ts-expect-error it is called baseUrl
  new Hyperstack({ token: "t", baseURL: "https://a.example" });
  new Verifier({ endpoint: "/api/verify" });
  // @ts-expect-error a verifier holds no token
  new Verifier({ endpoint: "/api/verify", token: "t" });
  const handler = createVerifyHandler({
    client,
    allow: async () => true,
    onLog: ({ verdict }) => void verdict,
  });
  same<typeof handler, (request: Request) => Promise<Response>>(true);
  // @ts-expect-error the handler needs the client
  createVerifyHandler({});
  createVerifyHandler({ accounts: [{ client, label: "A" }, { client }], allow: () => ({ allowed: false }) });
  // @ts-expect-error the one or the other
  createVerifyHandler({ client, accounts: [{ client }] });
  // @ts-expect-error an account is a client and what it is called
  createVerifyHandler({ accounts: [client] });
  same<ReturnType<typeof init>, Promise<void>>(true);
}

export async function receipts(verification: Verification): Promise<void> {
  const receipt = createReceipt(verification);
  same<typeof receipt.signed, false>(true);
  // @ts-expect-error nothing of the recipient is in it
  receipt.credential;
  // What old types say of Ed25519 is a key or a pair, Node's say a key.
  const pair: unknown = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign"]);
  const { privateKey } = pair as { privateKey: Awaited<ReturnType<typeof crypto.subtle.importKey>> };
  const jwk = await crypto.subtle.exportKey("jwk", privateKey);
  const signer = await importReceiptKey(jwk);
  await importReceiptKey({ ...jwk, kid: "2026" });
  await importReceiptKey("{}");
  same<Awaited<ReturnType<typeof signReceipt>>, string>(true);
  const jws = await signReceipt(receipt, signer);
  const set = await receiptKeySet(jwk);
  const verified = await verifyReceipt(jws, set, { documentId: "id", now: new Date(), maxAgeSeconds: 60 });
  await verifyReceipt(jws, set.keys[0] ?? jwk);
  same<typeof verified.receipt.signed, true>(true);
  // @ts-expect-error what was verified is not signed again
  signReceipt(verified.receipt, signer);
  // @ts-expect-error a key alone does not say by which name it is published
  signReceipt(receipt, privateKey);
  createVerifyHandler({ client, receipts: signer, cache: { seconds: 60 } });
  createVerifyHandler({
    client,
    receipts: true,
    cache: { seconds: 60, store: new Map<string, string>() as never },
  });
  same<Verification["receipt"], UnsignedReceipt | string | undefined>(true);
}

/** Enums of the API are open: known values are offered, unknown ones are kept. */
export function openEnums(credential: Credential): void {
  const statuses: LifecycleStatus[] = ["active", "suspended", "a status of next year"];
  const others: [PublicationStatus, Privacy] = ["queued", "friends"];
  const text: string = credential.status;
  void [statuses, others, text];
  // @ts-expect-error but they are strings
  const wrong: LifecycleStatus = 7;
  void wrong;
  // What the core itself decides is closed.
  // @ts-expect-error no such verdict
  const verdict: Verdict = "fine";
  void verdict;
}

export function verdicts(verification: Verification): string {
  same<Verification["credential"], VerifiedCredential | null>(true);
  // @ts-expect-error it may be null
  verification.credential.document_id;
  // @ts-expect-error there is no such easy mistake as `if (verification.valid)`
  verification.valid;
  // @ts-expect-error the address is in no verification
  verification.credential?.recipient?.email;
  if (isVerified(verification)) {
    same<typeof verification.outcome, "verified">(true);
    same<typeof verification.verdict, "valid">(true);
    same<typeof verification.reason, null>(true);
    return verification.credential.document_id;
  }
  // Whatever is not verified may have no credential.
  // @ts-expect-error it may still be null
  verification.credential.document_id;
  if (verification.outcome === "indeterminate") {
    same<typeof verification.verdict, "indeterminate">(true);
    same<typeof verification.credential, null>(true);
    return verification.reason;
  }
  return verification.verdict;
}

/** `status` and `reason` narrow a result. */
export function narrowed(verification: Verification): unknown {
  if (verification.outcome === "verified") {
    same<typeof verification.credential, VerifiedCredential>(true);
    same<[typeof verification.verdict, typeof verification.reason], ["valid", null]>(true);
  }
  if (verification.verdict === "valid") same<typeof verification.credential, VerifiedCredential>(true);
  if (verification.verdict === "revoked") return verification.credential.document_id;
  if (verification.verdict === "not_found_in_account") same<typeof verification.credential, null>(true);
  if (verification.verdict === "indeterminate") same<typeof verification.reason, IndeterminateReason>(true);
  if (verification.credential) same<typeof verification.reason, null>(true);
  if (verification.reason) same<typeof verification.outcome, "indeterminate">(true);
  if (isVerified(verification)) return verification.credential.issued_on;
  same<typeof verification.outcome, "not_verified" | "indeterminate">(true);
  same<typeof verification.reason, IndeterminateReason | null>(true);
  if (verification.outcome === "not_verified") same<typeof verification.reason, null>(true);
  // @ts-expect-error what is verified was returned
  return verification.verdict === "valid";
}

export async function manyResults(items: IssueManyItem[], line: number | string): Promise<unknown> {
  const validation = await client.credentials.validateMany(items, { group_key: "k" });
  same<[typeof validation.total, typeof validation.valid], [number, number]>(true);
  for (const finding of validation.findings) {
    same<typeof finding.line, number | string | undefined>(true);
    // @ts-expect-error only an invalid item has issues
    finding.issues;
    if (finding.kind === "invalid") same<typeof finding.issues, readonly Issue[]>(true);
    else if (finding.kind === "duplicate") same<typeof finding.of, number>(true);
    else same<typeof finding.with, number>(true);
  }
  // @ts-expect-error validateMany sends nothing, so it has no concurrency
  client.credentials.validateMany(items, { concurrency: 1 });
  const person = { recipient: { name: "A", email: "a@example.com" } };
  const run = client.credentials.issueMany([{ ...person, line }, person], { group_key: undefined });
  // @ts-expect-error a key is a number or a string
  client.credentials.issueMany([{ ...person, line: new Date() }]);
  for await (const result of run) {
    same<[typeof result.index, typeof result.line], [number, number | string | undefined]>(true);
    // Without narrowing, members that only some results have may be missing.
    same<typeof result.error, HyperstackError | undefined>(true);
    same<typeof result.reason, SkipReason | undefined>(true);
    // @ts-expect-error it may be missing
    result.credential.document_id;
    // @ts-expect-error only a duplicate has it
    result.of;
    if (result.status === "issued") {
      same<typeof result.credential, IssuedCredential>(true);
      same<typeof result.error, undefined>(true);
    } else if (result.status === "skipped") {
      if (result.reason === "duplicate") return result.of + 1;
      if (result.reason === "done") same<typeof result.document_id, string | undefined>(true);
      // @ts-expect-error not a reason
      if (result.reason === "late") return;
    } else {
      same<typeof result.error, HyperstackError>(true);
      if (result.error instanceof ValidationError) return result.error.issues[0]?.path;
    }
    if (result.error) same<typeof result.status, "exists" | "failed">(true);
  }
  const results = await run.settled();
  return results.flatMap((result) => (result.credential ? [result.credential.document_id] : []));
}

export function asserted(verification: Verification): string {
  assertVerified(verification);
  same<typeof verification.verdict, "valid">(true);
  return verification.credential.document_id;
}

export async function links(): Promise<string> {
  const found = await parseCredentialUrl("text", { hosts: ["a.example"] });
  same<typeof found, ParsedCredentialUrl>(true);
  // @ts-expect-error only where it could be read
  found.id;
  return found.ok ? found.canonical_url : found.code;
}

export async function webhooks(request: Request, signal: AbortSignal): Promise<unknown> {
  const event = await parseWebhook(request);
  same<typeof event, WebhookEvent>(true);
  const names: WebhookEvent["event"][] = ["credential.issued", "an event of next year", null];
  void names;
  same<
    [typeof event.document_id, typeof event.id, typeof event.timestamp, typeof event.signature],
    [string | null, string | null, Date | null, "verified" | "unchecked"]
  >(true);
  // @ts-expect-error nothing is known of what was sent
  event.payload.document_id;
  await parseWebhook({ body: "{}" });
  await parseWebhook({
    headers: { "webhook-id": "a", cookie: ["b"], age: undefined },
    body: new Uint8Array(),
  });
  await parseWebhook({ method: "POST", headers: new Headers(), body: new ArrayBuffer(2) });
  await parseWebhook(request, { secret: "whsec_", toleranceSeconds: 0, now: new Date(), maxBodyBytes: 1 });
  await parseWebhook(request, { secret: ["a", "b"] as const, now: 0, hosts: ["a.example"] });
  // @ts-expect-error a body that was parsed cannot be verified
  await parseWebhook({ body: { event: "credential.issued" } });
  // @ts-expect-error a secret that may be missing must not turn the check off
  await parseWebhook(request, { secret: undefined });
  // @ts-expect-error no such option
  await parseWebhook(request, { tolerance: 1 });

  const found = await confirmWebhook(client, event, { signal, timeoutMs: 1 });
  // @ts-expect-error only where it is confirmed
  found.credential;
  if (found.confirmed) same<typeof found.credential, Credential>(true);
  else if (found.reason === "not_published") return "later";
  // @ts-expect-error not a reason
  else if (found.reason === "gone") return "never";
  // @ts-expect-error a client is needed
  await confirmWebhook(event);
  return confirmWebhook(client, { event: null, document_id: "an id from a queue" });
}

export function errors(thrown: unknown): Issue[] {
  if (thrown instanceof ValidationError) {
    for (const { character, position } of thrown.issues) {
      same<[typeof character, typeof position], [string | undefined, number | undefined]>(true);
    }
    return thrown.issues;
  }
  if (thrown instanceof WebhookError) {
    const known: boolean = thrown.code === "bad_signature";
    // @ts-expect-error no such code
    return known || thrown.code === "bad_luck" ? [] : [];
  }
  if (isHyperstackError(thrown)) {
    same<typeof thrown, HyperstackError>(true);
    same<typeof thrown.status, number | undefined>(true);
    // @ts-expect-error errors are not to be changed
    thrown.code = "x";
  }
  // @ts-expect-error anything may be thrown, a signal's reason too
  thrown.code;
  return [];
}
