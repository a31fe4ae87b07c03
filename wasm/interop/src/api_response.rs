//! What an operation resolves to.

use hyperstack_credentials::client::Response;
use hyperstack_credentials::json;
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::object::set;

/// The object that a call resolves to. `data` and `headers` are `null` until they are set.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiResponse<'a> {
    data: (),
    status: u16,
    headers: (),
    request_id: Option<&'a str>,
    attempts: u32,
    reconciled: bool,
}

/// The object that a call resolves to. Its `data` is what `JSON.parse` makes of the text that was checked, so that fields
/// which this package does not know are kept.
pub(crate) fn to_js(
    response: &Response<()>,
    headers: &JsValue,
    complete: Option<fn(&JsValue)>,
) -> Result<JsValue, JsValue> {
    let object = JSON::parse(&json::to_string(&ApiResponse {
        data: (),
        status: response.status,
        headers: (),
        request_id: response.request_id.as_deref(),
        attempts: response.attempts,
        reconciled: response.reconciled,
    }))?;
    let data = JSON::parse(&response.text)?;
    if response.reconciled {
        set(&data, "success", &JsValue::TRUE);
        set(&data, "reconciled", &JsValue::TRUE);
    }
    if let Some(complete) = complete {
        complete(&data);
    }
    set(&object, "data", &data);
    set(&object, "headers", headers);
    Ok(object)
}
