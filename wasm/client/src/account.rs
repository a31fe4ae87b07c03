//! The account that a token belongs to.

use hyperstack_credentials::api::GetAccount;
use hyperstack_interop::call_api;
use wasm_bindgen::prelude::*;

/// Reads the name of the account (`POST /v1/auth`): a harmless way to try a token.
#[wasm_bindgen(js_name = getAccount, unchecked_return_type = "ApiResponse<Account>")]
pub async fn get_account(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |_| Some(GetAccount), None).await
}
