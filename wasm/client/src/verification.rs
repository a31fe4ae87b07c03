//! Verification: with the account's token, through a verify service, and local parsing of a link.

use hyperstack_interop::{call_remote, call_verify, parse_link};
use wasm_bindgen::prelude::*;

/// Verifies a credential link or id against the account of the token. Always a verdict: what cannot be checked is
/// `indeterminate`. The link itself is never fetched.
#[wasm_bindgen(unchecked_return_type = "Verification")]
pub async fn verify(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "string")] input: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "VerifyOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_verify(&config, &input, &options).await
}

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
