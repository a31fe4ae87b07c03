//! The WebAssembly module for browsers: verification through a verify service, without the API client.
#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod tests;

use hyperstack_interop::{call_remote, parse_link};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const DATA_TYPES: &str = include_str!("../../../pkg-template/src/types.ts");

#[wasm_bindgen(typescript_custom_section)]
const CALL_TYPES: &str = include_str!("types.ts");

/// Verifies a credential link or id through a verify service, which has the token. A report that is not about this credential
/// or contradicts itself is not accepted: the result is then `indeterminate`.
#[wasm_bindgen(js_name = verifyRemote, unchecked_return_type = "Verification")]
pub async fn verify_remote(
    #[wasm_bindgen(unchecked_param_type = "VerifierConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] input: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "RemoteVerifyOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_remote(&config, &input, &options).await
}

/// Parses a pasted credential link or id, without any request.
#[allow(clippy::unused_async, reason = "every export returns a promise")]
#[wasm_bindgen(js_name = parseCredentialUrl, unchecked_return_type = "ParsedCredentialUrl")]
pub async fn parse_credential_url(
    #[wasm_bindgen(unchecked_param_type = "string")] text: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "ParseOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    parse_link(&text, &options)
}

/// The timers and abort controllers that are open, for a loader that ends them when this instance has died.
#[wasm_bindgen(js_name = openHandles, skip_typescript)]
pub fn open_handles() -> js_sys::Set {
    hyperstack_credentials::transport::fetch::open_handles()
}
