/** `Verifier`: verification in a browser, by a service that holds the token. */
import { callCore } from "./core-call.js";
import type { ParseOptions } from "./credential-url.js";
import { invalid } from "./errors.js";
import { checkedSignal, type Fetch, plainOptions } from "./options.js";
import { ENDPOINT_OF_A_PAGE, STRING } from "./rules.js";
import type { Verification } from "./types.js";
import { core } from "./verifier-core.js";

type RemoteConfig = Parameters<Parameters<Parameters<typeof core.call>[2]>[0]["verifyRemote"]>[0];

/**
 * Options of {@link Verifier}.
 *
 * @category Verification
 */
export interface VerifierOptions extends ParseOptions {
  /** The verify service: a path on this origin (`/api/verify`) or an https address. */
  endpoint: string;
  /** Sends the request. Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** Milliseconds for the request and its response. Default 30 000. */
  timeoutMs?: number | undefined;
}

/**
 * Verifies credentials by a verify service (`createVerifyHandler`). Holds no token, so it belongs in browsers.
 *
 * @category Verification
 */
export class Verifier {
  readonly #config: RemoteConfig;
  readonly #timeoutMs: unknown;

  /**
   * Creates a verifier. Nothing is sent.
   *
   * @param options - The service, and which hosts are trusted.
   * @throws {@link ValidationError} for an endpoint that is not a string; other options are validated by the first call.
   * @example
   * ```ts
   * const verifier = new Verifier({ endpoint: "/api/verify" });
   * ```
   */
  constructor(options: VerifierOptions) {
    const config = plainOptions("Verifier", options);
    if (typeof config.endpoint !== "string") throw invalid("Verifier", "endpoint", STRING);
    this.#config = Object.freeze(config) as RemoteConfig;
    this.#timeoutMs = config.timeoutMs;
  }

  /**
   * Verifies a credential link or id. A response of the service is accepted only if it is about this credential and
   * consistent; otherwise the result is `indeterminate`. Sends at most one request.
   *
   * @param urlOrId - A pasted link or id, unchanged; at most 2 048 bytes.
   * @param options - A name to compare, and an abort.
   * @returns The verdict with all thirteen checks.
   * @throws {@link ValidationError} for wrong arguments, and for an endpoint without an origin on a server;
   * {@link InternalError}; `signal.reason`.
   * @example
   * ```ts
   * const { verdict, credential } = await verifier.verify(link);
   * ```
   */
  async verify(
    urlOrId: string,
    options?: {
      /** Compares the recipient's name, if the service allows it (`compareNames`). Default: not compared. */
      recipientName?: string | undefined;
      /** Aborts the request; the call then rejects with `signal.reason`. */
      signal?: AbortSignal | undefined;
    },
  ): Promise<Verification> {
    const given = plainOptions("verify", options);
    const signal = checkedSignal("verify", given.signal);
    const limits = { signal, totalTimeoutMs: this.#timeoutMs };
    const verification = await callCore(core, "verify", limits, (exports, hooks) =>
      exports.verifyRemote(this.#config, urlOrId, { ...given, ...hooks }),
    );
    if (verification.reason === "network" && this.#needsPage) {
      throw invalid("verify", "endpoint", ENDPOINT_OF_A_PAGE);
    }
    return verification;
  }

  /** Whether the endpoint is a path and there is no page to resolve it against. */
  get #needsPage(): boolean {
    const { endpoint, fetch } = this.#config as Partial<VerifierOptions>;
    return (
      !!endpoint?.startsWith("/") && !fetch && (globalThis as { location?: unknown }).location === undefined
    );
  }
}
