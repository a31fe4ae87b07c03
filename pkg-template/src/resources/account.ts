/** The account that a token belongs to. */
import type { ApiPromise } from "../api-promise.js";
import type { Caller } from "../caller.js";
import type { RequestOptions } from "../options.js";
import type { Account } from "../types.js";

/**
 * The account that the token belongs to.
 *
 * @category Client
 */
export class AccountResource {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Reads the name of the account (`POST /v1/auth`, vendor page `auth`): a safe way to test a token.
   *
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link AuthenticationError} `unauthorized` for an invalid token.
   * @example
   * ```ts
   * const { account_name } = await hyperstack.account.get();
   * ```
   */
  readonly get = (options?: RequestOptions): ApiPromise<Account> =>
    this.#caller.call("account.get", options, (core, config, given) => core.getAccount(config, given));
}
