//! The organisation's one webhook.

use hyperstack_credentials::api::{SubscribeWebhook, UnsubscribeWebhook};
use hyperstack_interop::call_api;
use wasm_bindgen::prelude::*;

/// Sets the webhook, in place of the one before (`POST /v1/webhook/subscribe`).
#[wasm_bindgen(js_name = subscribeWebhook, unchecked_return_type = "ApiResponse<DoneWithMessage>")]
pub async fn subscribe_webhook(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "SubscribeWebhookParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.body::<SubscribeWebhook>(&params), None).await
}

/// Removes the webhook (`POST /v1/webhook/unsubscribe`).
#[wasm_bindgen(js_name = unsubscribeWebhook, unchecked_return_type = "ApiResponse<Done>")]
pub async fn unsubscribe_webhook(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |_| Some(UnsubscribeWebhook), None).await
}
