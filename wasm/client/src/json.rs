//! JSON text that does not come from the API, such as the body of a webhook.

use hyperstack_credentials::json;
use wasm_bindgen::prelude::*;

/// Returns the name of the rule that a text breaks as strict JSON, e.g. `duplicate_key`; `undefined` if it breaks none.
///
/// `JSON.parse` accepts duplicate keys, and programs differ in which of two values they read.
#[allow(clippy::unused_async, reason = "every export returns a promise")]
#[wasm_bindgen(js_name = checkJson, unchecked_return_type = "string | undefined")]
pub async fn check_json(#[wasm_bindgen(unchecked_param_type = "string")] text: JsValue) -> Option<String> {
    let text = text.as_string().unwrap_or_default();
    json::check(&text).err().map(|error| error.name().to_owned())
}
