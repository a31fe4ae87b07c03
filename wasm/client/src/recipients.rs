//! The people that credentials are issued to.

use hyperstack_credentials::api::UpdateRecipient;
use hyperstack_interop::call_api;
use wasm_bindgen::prelude::*;

/// Changes attributes of a recipient (`POST /v1/recipients/update`). An unknown recipient is a `NotFoundError`, although the API
/// responds with status 200.
#[wasm_bindgen(js_name = updateRecipient, unchecked_return_type = "ApiResponse<DoneWithMessage>")]
pub async fn update_recipient(
    #[wasm_bindgen(unchecked_param_type = "ClientConfig")] config: JsValue,
    #[wasm_bindgen(unchecked_param_type = "UpdateRecipientParams")] params: JsValue,
    #[wasm_bindgen(unchecked_optional_param_type = "CallOptions | null")] options: JsValue,
) -> Result<JsValue, JsValue> {
    call_api(&config, &options, |arguments| arguments.body::<UpdateRecipient>(&params), None).await
}
