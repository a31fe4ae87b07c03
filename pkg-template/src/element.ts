/**
 * `<hyperstack-verify>`: a field, a button and a verdict in words, for pages of any kind. It verifies by `Verifier`, so it
 * never has a token; it shows results by the same rules and with the same texts as the verify page.
 */
import catalogues from "#element-texts";
import { parseCredentialUrl } from "./credential-url.js";
import { ATTRIBUTES, type EventName, type PartName, type SlotName } from "./element-contract.js";
import { STYLE } from "./element-style.js";
import { suggestedLink } from "./suggestion.js";
import type { CheckId, IndeterminateReason, ParseCode, Verdict, Verification } from "./types.js";
import { isVerified } from "./verification.js";
import { Verifier } from "./verifier.js";

/**
 * Keys of the texts that the element shows: those of the verify page, `www/public/messages/en.json`.
 *
 * @category Element
 */
export type HyperstackVerifyTextKey =
  | `verdict.${Verdict}.${"title" | "meaning" | "limits" | "more" | "advice"}`
  | `reason.${IndeterminateReason | "page_fault"}`
  | `parse.${ParseCode}`
  | `parse.${ParseCode}.todo`
  | `withheld.${"recipient.email" | "recipient.name" | "group.title" | "group.code" | "metadata" | "credential"}`
  | "form.link_label"
  | "form.link_hint"
  | "form.verify"
  | "form.verify_busy"
  | "form.cancel"
  | "form.error_prefix"
  | "form.suggestion"
  | "form.suggestion_id"
  | "form.suggestion_use"
  | "status.checking"
  | "status.cancelled"
  | "status.result"
  | "status.input_problem"
  | "status.retry_ready"
  | "result.details"
  | "result.issued_by"
  | "result.account"
  | "result.name_withheld"
  | "result.name_has_address"
  | "result.title_has_address"
  | "result.offline"
  | "result.checked_at"
  | "result.clock_set"
  | "result.asked"
  | "result.asked_issuer"
  | "result.asked_unnamed"
  | "result.asked_nobody"
  | "result.asked_attempt"
  | "result.asked_attempt_unnamed"
  | "result.trusted_hosts"
  | "result.subject_url"
  | "result.retry"
  | "result.retry_wait"
  | "result.retry_useless"
  | "result.issuer_unnamed"
  | "result.issuer_unnamed_first"
  | "compare.code"
  | "compare.issued_on"
  | "compare.valid_until"
  | "compare.no_expiry"
  | "compare.id"
  | "compare.value_withheld"
  | "compare.withheld"
  | "compare.hidden_characters"
  | "compare.show_all"
  | "compare.show_less";

/**
 * Custom texts, by key. `{issuer}` and the like in them are filled in.
 *
 * @category Element
 */
export type HyperstackVerifyMessages = { readonly [Key in HyperstackVerifyTextKey]?: string };

/** The result of a check: a verification, or an error of the page itself. */
interface Finding {
  readonly input: string;
  readonly verification: Verification | null;
  /** The link or id that the input probably means, if it is not valid. */
  readonly suggestion: string | null;
  /** When it arrived here, in milliseconds. */
  readonly arrived: number;
}

/** The appearance of a verdict. Only `verified` has a tick, only `alarm` is red. */
type Tone = "verified" | "caution" | "alarm" | "neutral";

const TONES: Readonly<Record<Exclude<Verdict, "valid">, Exclude<Tone, "verified">>> = {
  expired: "caution",
  suspended: "alarm",
  revoked: "alarm",
  unpublished: "caution",
  not_yet_valid: "caution",
  not_found_in_account: "neutral",
  untrusted_host: "alarm",
  malformed_input: "caution",
  recipient_mismatch: "caution",
  indeterminate: "neutral",
};

const SHIELD = "M12 2.8 19.5 6v5.6c0 4.7-3.1 8-7.5 9.6-4.4-1.6-7.5-4.9-7.5-9.6V6z";
const RING = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z";
const ICONS: Readonly<Record<Tone, readonly string[]>> = {
  verified: [SHIELD, "m8.6 12 2.4 2.4 4.5-4.7"],
  caution: ["M12 4 21 19.5H3z", "M12 10v4.3M12 17h.01"],
  alarm: ["M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z", "M12 7.5v5.5M12 16.3h.01"],
  neutral: [RING, "M9.5 9.3a2.6 2.6 0 0 1 5 .8c0 1.7-2.5 2-2.5 3.7M12 16.8h.01"],
};

/** Returns the headline of a finding. Only `isVerified` leads to the appearance `verified`. */
const headlineOf = ({
  verification,
}: Finding): [Verdict, Tone, IndeterminateReason | "page_fault" | null] => {
  if (verification && isVerified(verification)) return ["valid", "verified", null];
  const { outcome, verdict, reason } = (verification ?? {}) as Partial<Verification>;
  // An inconsistent result is not shown as a verdict.
  if (!verdict || verdict === "valid" || outcome === "verified")
    return ["indeterminate", "neutral", "page_fault"];
  return [verdict, TONES[verdict] ?? "neutral", reason ?? null];
};

/** The checks that fail if the input is not a credential link. */
const INPUT_CHECKS: readonly CheckId[] = ["input_parse", "host_trusted", "id_format"];

/** Returns why the input is not a credential link, if that is the finding. */
const inputProblemOf = ({ verification }: Pick<Finding, "verification">): ParseCode | null => {
  const failed = verification?.checks.find(({ state }) => state === "fail");
  const local = failed && INPUT_CHECKS.includes(failed.id);
  return local ? (failed.code as ParseCode) : null;
};

/** Returns the link or id that an input probably means, if the input is not valid and that is. */
const suggestionOf = async (
  input: string,
  verification: Verification | null,
  hosts: readonly string[],
): Promise<string | null> => {
  const link = inputProblemOf({ verification }) === null ? null : suggestedLink(input, hosts);
  return link !== null && (await parseCredentialUrl(link, { hosts })).ok ? link : null;
};

type Content = Node | string | null;

/** Attributes of an element inside; `part` names what pages can style. */
type Attributes = Readonly<Record<string, string>> & {
  readonly part?: PartName | `card card-${Tone}`;
};

/** Creates an element; strings are inserted as text only. */
const make = <Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...content: Content[]
): HTMLElementTagNameMap[Name] => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content.filter((part) => part !== null));
  return element;
};

const iconOf = (tone: Tone): SVGSVGElement => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({
    viewBox: "0 0 24 24",
    class: "icon",
    part: "icon",
    "aria-hidden": "true",
  }))
    svg.setAttribute(key, value);
  for (const d of ICONS[tone]) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
};

/** Characters that are invisible, or that change the direction of what follows; as in www/src/foreign-text.ts. */
const HIDDEN =
  /\p{Cc}|[\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u3164\ufeff\uffa0]/gu;
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Returns the code point of an invisible character. */
const codePointOf = (hidden: string): string =>
  `[U+${hidden.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`;
/** Characters of a foreign text that are shown without a click. */
const MAX_SHOWN = 160;
/** A longer wait is not counted down. */
const MAX_WAIT_S = 3600;
const RIGHT_TO_LEFT = ["ar", "fa", "he", "ur"];

/** One style sheet for all elements of a document. */
const sheets = new WeakMap<Document, CSSStyleSheet>();

/** Styles a shadow root: by a shared sheet, which a strict policy allows, or in old browsers by an element. */
const applyStyle = (root: ShadowRoot): void => {
  const owner = root.ownerDocument;
  const Sheet = owner.defaultView?.CSSStyleSheet;
  if (typeof Sheet?.prototype.replaceSync === "function" && "adoptedStyleSheets" in root) {
    const sheet = sheets.get(owner) ?? new Sheet();
    if (!sheets.has(owner)) sheet.replaceSync(STYLE);
    sheets.set(owner, sheet);
    root.adoptedStyleSheets = [sheet];
  } else if (!root.querySelector("style")) {
    root.prepend(make("style", {}, STYLE));
  }
};

/** Marks the classes of the element, also those of other copies of the package. */
const BRAND = Symbol.for("hyperstack-credentials.element");

// On a server that renders pages there are no elements: this module can be imported, and the class is never constructed.
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * The element `<hyperstack-verify>`. `docs/element.md` lists its attributes, events, parts, variables and slots.
 *
 * @category Element
 */
export class HyperstackVerifyElement extends Base {
  /** @internal */
  static readonly [BRAND] = true;
  /** @internal */
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  readonly #frame: HTMLElement;
  readonly #form: HTMLFormElement;
  readonly #input: HTMLInputElement;
  readonly #error: HTMLElement;
  readonly #submit: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #status: HTMLElement;
  readonly #result: HTMLElement;

  #running: AbortController | null = null;
  /** The input of the check that is running. */
  #checking: string | null = null;
  #finding: Finding | null = null;
  /** Whether a listener cancelled the event, because the page shows the finding itself. */
  #shownByPage = false;
  #messages: HyperstackVerifyMessages = {};
  #texts: Readonly<Record<string, string>> = {};
  #language = "en";
  #timer: ReturnType<typeof setInterval> | undefined;
  #scheduled = false;

  /** Called by the parser, by `document.createElement` or by a framework. */
  constructor() {
    super();
    const slot = (name: SlotName) => make("slot", { name });
    this.#input = make("input", {
      id: "input",
      part: "input",
      type: "text",
      inputmode: "url",
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      dir: "ltr",
      "aria-describedby": "error hint",
    });
    this.#error = make("p", { id: "error", class: "error", part: "error", hidden: "" });
    this.#submit = make("button", { class: "main", part: "button", type: "submit" }, slot("submit"));
    this.#cancel = make("button", { part: "cancel", type: "button", hidden: "" });
    this.#form = make(
      "form",
      { part: "form", novalidate: "" },
      make("label", { for: "input", part: "label" }, slot("label")),
      make("p", { id: "hint", part: "hint" }, slot("hint")),
      this.#input,
      this.#error,
      make("div", { class: "actions", part: "actions" }, this.#submit, this.#cancel),
    );
    this.#status = make("p", { class: "status", part: "status", role: "status" });
    this.#result = make("div", { part: "result", hidden: "" });
    this.#frame = make("div", { class: "frame" }, this.#form, this.#status, this.#result);
    this.attachShadow({ mode: "open" }).append(this.#frame);

    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.busy) void this.#check(this.value, true);
    });
    this.#input.addEventListener("input", () => this.#outdate());
    this.#cancel.addEventListener("click", () => {
      this.cancel();
      this.#submit.focus();
    });
  }

  /** The verify service: a path on this origin or an https address. The attribute of that name. Default `/api/verify`. */
  get endpoint(): string {
    return this.getAttribute("endpoint") ?? "/api/verify";
  }
  /**
   * Sets it.
   *
   * @param endpoint - A path on this origin or an https address.
   */
  set endpoint(endpoint: string) {
    this.setAttribute("endpoint", endpoint);
  }

  /** Hosts that are trusted, no others. The attribute of that name, separated by spaces. Default `["hyperstack.id"]`. */
  get hosts(): string[] {
    return this.getAttribute("hosts")?.split(/\s+/).filter(Boolean) ?? ["hyperstack.id"];
  }
  /**
   * Sets it.
   *
   * @param hosts - The hosts, as a list or separated by spaces.
   */
  set hosts(hosts: string | readonly string[]) {
    this.setAttribute("hosts", typeof hosts === "string" ? hosts : hosts.join(" "));
  }

  /** The content of the field. Changing the attribute of that name changes it, too. */
  get value(): string {
    return this.#input.value;
  }
  /**
   * Sets it.
   *
   * @param value - A link or an id.
   */
  set value(value: string) {
    this.#input.value = value;
    this.#outdate();
    this.#schedule();
  }

  /** Whether a value is checked at once, without a press of the button. The attribute of that name. */
  get auto(): boolean {
    return this.hasAttribute("auto");
  }
  /**
   * Sets it.
   *
   * @param auto - Whether it is.
   */
  set auto(auto: boolean) {
    this.toggleAttribute("auto", Boolean(auto));
  }

  /** Texts that replace the built-in ones. */
  get messages(): HyperstackVerifyMessages {
    return this.#messages;
  }
  /**
   * Sets it.
   *
   * @param messages - The custom texts; all others are built in.
   */
  set messages(messages: HyperstackVerifyMessages) {
    this.#messages = { ...messages };
    this.#retext();
  }

  /** The result of the last check; `null` before one, during one, and if the page itself failed. */
  get verification(): Verification | null {
    return this.#finding?.verification ?? null;
  }

  /** Whether a check is running. */
  get busy(): boolean {
    return this.#running !== null;
  }

  /**
   * Checks a link or an id, and shows the result. A running check ends.
   *
   * @param input - The link or id; it is put into the field. Default: the content of the field.
   * @returns The verification; `null` if the check was cancelled, or the page itself failed.
   * @example
   * ```ts
   * const element = document.querySelector("hyperstack-verify");
   * const verification = await element?.verify(link);
   * ```
   */
  verify(input: string = this.value): Promise<Verification | null> {
    this.#input.value = input;
    return this.#check(input, false);
  }

  /** Ends a running check without a result. */
  cancel(): void {
    if (!this.busy) return;
    this.#stop();
    this.#show(null);
    this.#status.textContent = this.#text("status.cancelled");
  }

  /** Empties the field and removes the result. */
  reset(): void {
    this.#stop();
    this.#input.value = "";
    this.#show(null);
    this.#status.textContent = "";
  }

  /**
   * Focuses the field.
   *
   * @param options - As for any element.
   */
  override focus(options?: FocusOptions): void {
    this.#input.focus(options);
  }

  /** @internal */
  connectedCallback(): void {
    if (this.shadowRoot) applyStyle(this.shadowRoot);
    // Set before the element was defined: such a property would hide the accessor.
    for (const name of ["endpoint", "hosts", "value", "auto", "messages"] as const) {
      const own = Object.getOwnPropertyDescriptor(this, name);
      if (!own) continue;
      delete (this as Partial<this>)[name];
      Object.assign(this, { [name]: own.value });
    }
    this.#retext();
    this.#schedule();
  }

  /** @internal */
  disconnectedCallback(): void {
    // An element that is moved to another place is connected again by then.
    queueMicrotask(() => {
      if (this.isConnected) return;
      if (this.busy) this.#show(null);
      this.#stop();
    });
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (name === "value") this.value = now ?? "";
    else if (name === "auto") this.#schedule();
    else if (name === "endpoint" || name === "hosts") {
      if (before === now) return;
      this.#drop();
      this.#schedule();
    } else if (this.isConnected) this.#retext();
  }

  /** Removes a result, or ends a check, that is not about the content of the field. */
  #outdate(): void {
    if (this.value !== (this.#checking ?? this.#finding?.input)) this.#drop();
  }

  #drop(): void {
    if (!this.busy && this.#finding === null) return;
    this.#status.textContent = this.busy ? this.#text("status.cancelled") : "";
    this.#stop();
    this.#show(null);
  }

  /** Checks the value when the current task has set all attributes. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const { value } = this;
      const isChecked = value === (this.#checking ?? this.#finding?.input);
      if (this.isConnected && this.auto && value !== "" && !isChecked) void this.#check(value, false);
    });
  }

  #stop(): void {
    clearInterval(this.#timer);
    const running = this.#running;
    this.#running = null;
    this.#checking = null;
    running?.abort();
    this.#busy(false);
  }

  #busy(busy: boolean): void {
    this.#frame.setAttribute("aria-busy", String(busy));
    // Not `disabled`: the button would lose the focus.
    this.#submit.setAttribute("aria-disabled", String(busy));
    this.#cancel.hidden = !busy;
    this.#label(this.#submit, busy ? "form.verify_busy" : "form.verify");
  }

  #dispatch<Detail>(name: EventName, detail: Detail, cancelable: boolean): boolean {
    return this.dispatchEvent(new CustomEvent(name, { detail, cancelable, bubbles: true, composed: true }));
  }

  async #check(input: string, byUser: boolean): Promise<Verification | null> {
    this.#stop();
    this.#show(null);
    this.#status.textContent = "";
    if (!this.#dispatch("hyperstack-verify", { input }, true)) return null;
    const running = new AbortController();
    this.#running = running;
    this.#checking = input;
    this.#busy(true);
    this.#status.textContent = this.#text("status.checking");
    let verification: Verification | null = null;
    let suggestion: string | null = null;
    let fault: unknown;
    try {
      const { endpoint, hosts } = this;
      verification = await new Verifier({ endpoint, hosts }).verify(input, { signal: running.signal });
      suggestion = await suggestionOf(input, verification, hosts);
    } catch (error) {
      fault = error;
    }
    // Another check was started, or this one was cancelled.
    if (this.#running !== running) return null;
    this.#stop();
    const finding = { input, verification, suggestion, arrived: Date.now() };
    this.#shownByPage = verification
      ? !this.#dispatch("hyperstack-result", verification, true)
      : !this.#dispatch("hyperstack-error", fault, true);
    // A listener may have started another check.
    if (this.busy) return verification;
    this.#show(finding);
    if (this.#shownByPage) {
      this.#status.textContent = "";
      return verification;
    }
    const problem = inputProblemOf(finding);
    this.#status.textContent =
      problem === null
        ? this.#text("status.result", { verdict: this.#text(`verdict.${headlineOf(finding)[0]}.title`) })
        : this.#text("status.input_problem");
    if (byUser) {
      if (problem !== null) this.#input.focus();
      else this.shadowRoot?.getElementById("verdict")?.focus();
    }
    return verification;
  }

  /** Shows all texts again, in the language of this part of the page. */
  #retext(): void {
    this.#language = this.#languageOfPage();
    this.#texts = { ...catalogues.en, ...catalogues[this.#language], ...this.#messages };
    this.#frame.lang = this.#language;
    this.#frame.dir = RIGHT_TO_LEFT.includes(this.#language) ? "rtl" : "ltr";
    const slots: readonly (readonly [SlotName, HyperstackVerifyTextKey])[] = [
      ["label", "form.link_label"],
      ["hint", "form.link_hint"],
    ];
    for (const [name, key] of slots) {
      const slot = this.#form.querySelector(`slot[name="${name}"]`);
      if (slot) slot.textContent = this.#text(key);
    }
    this.#cancel.textContent = this.#text("form.cancel");
    this.#busy(this.busy);
    const focused = this.shadowRoot?.activeElement?.id;
    this.#show(this.#finding);
    if (focused) this.shadowRoot?.getElementById(focused)?.focus();
  }

  /** Returns the language of the nearest element with one, if there are texts in it. */
  #languageOfPage(): string {
    let node: Node | null = this;
    while (node) {
      const lang = node instanceof Element ? node.getAttribute("lang") : null;
      const language = lang?.toLowerCase().split("-")[0];
      if (language) return Object.hasOwn(catalogues, language) ? language : "en";
      node = node.parentNode ?? (node instanceof ShadowRoot ? node.host : null);
    }
    return "en";
  }

  #text(key: HyperstackVerifyTextKey, params: Readonly<Record<string, string | number>> = {}): string {
    return (this.#texts[key] ?? "").replace(/\{(\w+)\}/g, (placeholder, name: string) => {
      const value = params[name];
      if (value === undefined) return placeholder;
      if (typeof value === "number") return new Intl.NumberFormat(this.#language).format(value);
      if (this.#frame.dir === "ltr" && /^[\x20-\x7e]*$/.test(value)) return value;
      // Isolated: it cannot change the direction of the sentence around it.
      return `\u2068${value.replace(BIDI_CONTROLS, "")}\u2069`;
    });
  }

  /** Sets the built-in text of a button: that of its slot, if it has one. */
  #label(button: HTMLElement, key: HyperstackVerifyTextKey): void {
    (button.querySelector("slot") ?? button).textContent = this.#text(key);
  }

  /** Shows a finding, or none. */
  #show(finding: Finding | null): void {
    this.#finding = finding;
    clearInterval(this.#timer);
    const shown = this.#shownByPage ? null : finding;
    const problem = shown && inputProblemOf(shown);
    this.#error.hidden = problem === null;
    this.#error.textContent =
      problem === null ? "" : `${this.#text("form.error_prefix")} ${this.#text(`parse.${problem}`)}`;
    this.#input.setAttribute("aria-invalid", String(problem !== null));
    this.#result.hidden = shown === null;
    this.#result.replaceChildren(...(shown === null ? [] : [this.#card(shown)]));
  }

  #card(finding: Finding): HTMLElement {
    const { verification } = finding;
    const [verdict, tone, reason] = headlineOf(finding);
    const label = verification?.issuer_label ?? null;
    const aboutIssuer = (key: HyperstackVerifyTextKey) => {
      const isFirst = this.#texts[key]?.startsWith("{issuer}");
      const unnamed = this.#text(isFirst ? "result.issuer_unnamed_first" : "result.issuer_unnamed");
      return this.#text(key, { issuer: label ?? unnamed });
    };
    const problem = inputProblemOf(finding);
    const offline = reason === "network" && navigator.onLine === false;
    const why =
      problem === "untrusted_host"
        ? null
        : problem !== null
          ? this.#text(`parse.${problem}`)
          : reason && this.#text(offline ? "result.offline" : `reason.${reason}`);
    const advice = problem ? this.#text(`parse.${problem}.todo`) : aboutIssuer(`verdict.${verdict}.advice`);
    const level = /^[1-6]$/.exec(this.getAttribute("heading-level") ?? "")?.[0] ?? "2";
    return make(
      "section",
      {
        class: "card",
        part: `card card-${tone}`,
        "data-tone": tone,
        "data-verdict": verdict,
        "data-reason": reason ?? "",
        "aria-labelledby": "verdict",
      },
      make(
        "div",
        { class: "head", part: "head" },
        iconOf(tone),
        make(
          `h${level}` as "h2",
          { id: "verdict", class: "verdict", part: "verdict", tabindex: "-1" },
          this.#text(`verdict.${verdict}.title`),
        ),
      ),
      this.#subject(finding),
      // The field says what is wrong with a link.
      make(
        "p",
        { part: "meaning" },
        [aboutIssuer(`verdict.${verdict}.meaning`), problem === null ? why : null].filter(Boolean).join(" "),
      ),
      this.#suggestion(finding),
      this.#facts(finding),
      make(
        "div",
        { class: "explanations", part: "explanations" },
        // A suggested link is what to do.
        finding.suggestion === null ? make("p", {}, advice) : null,
        make("p", { class: "muted" }, aboutIssuer(`verdict.${verdict}.limits`)),
      ),
      verdict === "indeterminate" ? this.#retry(finding) : null,
      make(
        "details",
        { part: "details" },
        make("summary", {}, this.#text("result.details")),
        make("p", {}, aboutIssuer(`verdict.${verdict}.more`)),
        this.#details(finding),
      ),
    );
  }

  #fact(term: Content, ...value: Content[]): HTMLElement {
    return make("div", {}, make("dt", { part: "term" }, term), make("dd", { part: "value" }, ...value));
  }

  /** Returns whose credential it is and what for; without that, what was checked. */
  #subject({ verification, input }: Finding): HTMLElement {
    const withheld = (key: HyperstackVerifyTextKey) =>
      make("span", { class: "muted", part: "withheld" }, this.#text(key));
    const { credential = null, withheld: names = [], subject } = verification ?? {};
    if (credential) {
      const { recipient, group, privacy } = credential;
      const name = recipient
        ? this.#foreign(recipient.name, "auto")
        : withheld(privacy === "public" ? "result.name_has_address" : "result.name_withheld");
      const title =
        group.title === null ? withheld("result.title_has_address") : this.#foreign(group.title, "auto");
      return make("p", { class: "subject", part: "subject" }, make("strong", {}, name), " · ", title);
    }
    const known = subject?.input_kind === "id" ? subject.id : subject?.canonical_url;
    return make(
      "p",
      { class: "subject", part: "subject" },
      names.includes("credential") ? withheld("withheld.credential") : this.#foreign(known ?? input, "ltr"),
    );
  }

  /** Returns by whom, since when and until when, and when it was checked. */
  #facts(finding: Finding): HTMLElement {
    const { verification, arrived } = finding;
    const [verdict] = headlineOf(finding);
    const { credential = null, issuer_label, policy } = verification ?? {};
    const local = inputProblemOf(finding) !== null;
    const issuer = issuer_label
      ? this.#foreign(issuer_label, "auto")
      : this.#text("result.issuer_unnamed_first");
    const account = !credential && !local && verdict !== "indeterminate";
    return make(
      "dl",
      { class: "facts", part: "facts" },
      credential ? this.#fact(this.#text("result.issued_by"), issuer) : null,
      account ? this.#fact(this.#text("result.account"), issuer) : null,
      credential
        ? this.#fact(this.#text("compare.issued_on"), this.#instant(credential.issued_on, "UTC"))
        : null,
      credential
        ? this.#fact(
            this.#text("compare.valid_until"),
            credential.valid_until === null
              ? this.#text("compare.no_expiry")
              : this.#instant(credential.valid_until, "UTC"),
          )
        : null,
      local
        ? this.#fact(
            this.#text("result.trusted_hosts"),
            ...(policy?.hosts ?? []).map((host) =>
              make("span", { class: "line" }, this.#foreign(host, "ltr")),
            ),
          )
        : null,
      this.#fact(
        this.#text("result.checked_at"),
        this.#instant(verification?.checked_at ?? new Date(arrived).toISOString()),
        verification?.now_source === "option"
          ? make("span", { class: "line" }, this.#text("result.clock_set"))
          : null,
      ),
    );
  }

  /** Returns the other details: of the credential, of the request, and what is withheld. */
  #details(finding: Finding): HTMLElement {
    const { verification } = finding;
    const [verdict] = headlineOf(finding);
    const { credential = null, withheld = [], issuer_label, subject } = verification ?? {};
    const [asked, attempted] = issuer_label
      ? (["result.asked_issuer", "result.asked_attempt"] as const)
      : (["result.asked_unnamed", "result.asked_attempt_unnamed"] as const);
    const source =
      inputProblemOf(finding) !== null
        ? this.#text("result.asked_nobody")
        : this.#text(verdict === "indeterminate" ? attempted : asked, { issuer: issuer_label ?? "" });
    const names = withheld.map((name) => {
      const key = `withheld.${name}` as HyperstackVerifyTextKey;
      return make(
        "span",
        { class: "line", part: "withheld" },
        this.#texts[key] ?? this.#foreign(name, "ltr"),
      );
    });
    const code = credential?.group.code;
    return make(
      "dl",
      { class: "facts", part: "facts" },
      credential ? this.#fact(this.#text("compare.id"), this.#foreign(credential.document_id, "ltr")) : null,
      code ? this.#fact(this.#text("compare.code"), this.#foreign(code, "auto")) : null,
      code === null
        ? this.#fact(
            this.#text("compare.code"),
            make("span", { class: "muted", part: "withheld" }, this.#text("compare.value_withheld")),
          )
        : null,
      ...Object.entries(credential?.metadata ?? {}).map(([key, value]) =>
        this.#fact(
          this.#foreign(key.replace(/^custom_/, "").replaceAll("_", " "), "auto"),
          this.#foreign(String(value), "auto"),
        ),
      ),
      names.length > 0 && credential ? this.#fact(this.#text("compare.withheld"), ...names) : null,
      // After a fault of the page it is unknown whether the request was sent.
      verification ? this.#fact(this.#text("result.asked"), source) : null,
      credential && subject?.canonical_url
        ? this.#fact(this.#text("result.subject_url"), this.#foreign(subject.canonical_url, "ltr"))
        : null,
    );
  }

  /** Offers the link that the input probably means. It is checked only if the user presses the button. */
  #suggestion({ suggestion }: Finding): HTMLElement | null {
    if (suggestion === null) return null;
    const question = suggestion.includes("/") ? "form.suggestion" : "form.suggestion_id";
    const button = make(
      "button",
      { class: "main", part: "suggestion-button", type: "button", id: "suggestion" },
      this.#text("form.suggestion_use"),
    );
    button.addEventListener("click", () => {
      this.#input.value = suggestion;
      void this.#check(suggestion, true);
    });
    return make(
      "div",
      { class: "suggestion", part: "suggestion" },
      make("p", {}, this.#text(question)),
      make("p", { part: "suggested" }, this.#foreign(suggestion, "ltr")),
      button,
    );
  }

  /** Returns the retry button, whose text counts down the service's `Retry-After`. */
  #retry({ verification, arrived }: Finding): HTMLElement {
    const mayHelp = verification?.retryable ?? true;
    const button = make("button", {
      class: mayHelp ? "main" : "",
      part: "retry",
      type: "button",
      id: "retry",
    });
    const waiting = () => button.getAttribute("aria-disabled") === "true";
    button.addEventListener("click", () => {
      if (!waiting()) void this.#check(this.#finding?.input ?? this.value, true);
    });
    const wait = Math.min(Math.max(verification?.retry_after_s ?? 0, 0), MAX_WAIT_S);
    const until = arrived + wait * 1000;
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left > 0) {
        button.setAttribute("aria-disabled", "true");
        button.textContent = this.#text("result.retry_wait", { seconds: left });
        return true;
      }
      button.removeAttribute("aria-disabled");
      button.textContent = this.#text("result.retry");
      return false;
    };
    if (tick()) {
      this.#timer = setInterval(() => {
        if (tick()) return;
        clearInterval(this.#timer);
        this.#status.textContent = this.#text("status.retry_ready");
      }, 250);
    }
    return make(
      "div",
      { class: "actions", part: "actions" },
      button,
      mayHelp ? null : make("span", { class: "muted" }, this.#text("result.retry_useless")),
    );
  }

  #instant(iso: string, timeZone?: "UTC"): HTMLElement {
    const at = new Date(iso);
    const locale = navigator.languages.find((tag) => tag.split("-")[0] === this.#language) ?? this.#language;
    const form = { dateStyle: "long", timeStyle: "long", ...(timeZone && { timeZone }) } as const;
    const text = Number.isNaN(at.getTime()) ? iso : new Intl.DateTimeFormat(locale, form).format(at);
    return make("time", { datetime: iso }, text);
  }

  /** Returns an external text: isolated in its direction, cut to a length, with a warning about hidden characters. */
  #foreign(foreign: string, dir: "auto" | "ltr"): HTMLElement {
    // A link or an id is compared letter by letter, so hidden characters are shown.
    const text = dir === "ltr" ? foreign.replace(HIDDEN, codePointOf) : foreign;
    const characters = Array.from(text);
    const whole = make("bdi", { dir }, text);
    const box = make("span", {}, whole);
    if (characters.length > MAX_SHOWN) {
      const button = make("button", { class: "more", part: "more", type: "button" });
      const show = (all: boolean) => {
        whole.textContent = all ? text : `${characters.slice(0, MAX_SHOWN).join("")}…`;
        button.setAttribute("aria-expanded", String(all));
        button.textContent = all
          ? this.#text("compare.show_less")
          : this.#text("compare.show_all", { count: characters.length });
      };
      button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
      show(false);
      box.append(" ", button);
    }
    if (foreign.search(HIDDEN) >= 0) {
      box.append(make("span", { class: "line", part: "warning" }, this.#text("compare.hidden_characters")));
    }
    return box;
  }
}

/**
 * Defines the element. Importing this module does not: a page that never calls this has no such element. Calling it again,
 * also in another copy of the package, does nothing.
 *
 * @param name - Name of the element, with a hyphen in it.
 * @throws The errors of `customElements.define` for an invalid name, and for one of another element.
 * @example
 * ```ts
 * defineHyperstackVerify();
 * document.body.append(document.createElement("hyperstack-verify"));
 * ```
 * @category Element
 */
export const defineHyperstackVerify = (name = "hyperstack-verify"): void => {
  const defined = customElements.get(name) as { [BRAND]?: unknown } | undefined;
  if (defined?.[BRAND] === true) return;
  // A class can have one name only, so each name gets its own.
  customElements.define(name, class extends HyperstackVerifyElement {});
};

declare global {
  interface HTMLElementTagNameMap {
    "hyperstack-verify": HyperstackVerifyElement;
  }
  /** The events bubble, so elements, documents and windows receive them. */
  interface GlobalEventHandlersEventMap {
    "hyperstack-verify": CustomEvent<{ input: string }>;
    "hyperstack-result": CustomEvent<Verification>;
    "hyperstack-error": CustomEvent<unknown>;
  }
}
