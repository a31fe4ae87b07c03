/** The webhook of the organisation. */
import type { ApiPromise } from "../api-promise.js";
import type { Caller } from "../caller.js";
import type { RequestOptions } from "../options.js";
import type { Done, DoneWithMessage, SubscribeWebhookParams } from "../types.js";

/**
 * The webhook of the organisation; it has one.
 *
 * @category Client
 */
export class WebhooksResource {
  readonly #caller: Caller;

  /** @internal */
  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /**
   * Sets the webhook and replaces the previous one (`POST /v1/webhook/subscribe`, vendor page `webhook-subscribe`).
   * {@link parseWebhook} and {@link confirmWebhook} read its deliveries.
   *
   * @param params - Where deliveries are sent, and of which events.
   * @param options - Abort, timeouts, retries, headers.
   * @throws {@link BadRequestError} `missing_url_event`, `invalid_event`, and one for an address that the API does not
   * accept, whose code is not known.
   * @example
   * ```ts
   * await hyperstack.webhooks.subscribe({ url: "https://acme.example/hooks", events: ["credential.issued"] });
   * ```
   */
  readonly subscribe = (
    params: SubscribeWebhookParams,
    options?: RequestOptions,
  ): ApiPromise<DoneWithMessage> =>
    this.#caller.call("webhooks.subscribe", options, (core, config, given) =>
      core.subscribeWebhook(config, params, given),
    );

  /**
   * Removes the webhook (`POST /v1/webhook/unsubscribe`).
   *
   * @param options - Abort, timeouts, retries, headers.
   * @example
   * ```ts
   * await hyperstack.webhooks.unsubscribe();
   * ```
   */
  readonly unsubscribe = (options?: RequestOptions): ApiPromise<Done> =>
    this.#caller.call("webhooks.unsubscribe", options, (core, config, given) =>
      core.unsubscribeWebhook(config, given),
    );
}
