/** The people that credentials are issued to. */
import type { ApiPromise } from "../api-promise.js";
import type { Caller } from "../caller.js";
import type { RequestOptions } from "../options.js";
import type { DoneWithMessage, UpdateRecipientParams } from "../types.js";
import { trimRecipient } from "../white-space.js";

/**
 * The people that credentials are issued to.
 *
 * @category Client
 */
export class RecipientsResource {
  readonly #caller: Caller;
  readonly #trims: boolean;

  /** @internal */
  constructor(caller: Caller, trims: boolean) {
    this.#caller = caller;
    this.#trims = trims;
  }

  /**
   * Changes attributes of a recipient (`POST /v1/recipients/update`, vendor page `update-recipient`).
   *
   * @param params - The address of the recipient, and the attributes that change.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link NotFoundError} `recipient_not_found`, which the API reports with status 200.
   * @example
   * ```ts
   * const custom_attributes = { custom_location: "Leeds" };
   * await hyperstack.recipients.update({ email: "zoe@example.com", custom_attributes });
   * ```
   */
  readonly update = (params: UpdateRecipientParams, options?: RequestOptions): ApiPromise<DoneWithMessage> =>
    this.#caller.call("recipients.update", options, (core, config, given) =>
      core.updateRecipient(config, this.#trims ? trimRecipient(params) : params, given),
    );
}
