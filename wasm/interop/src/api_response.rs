//! What an operation resolves to.

use hyperstack_credentials::client::Response;
use js_sys::JSON;
use wasm_bindgen::prelude::*;

use crate::object::{object, set};

/// The object that a call resolves to. Its `data` is what `JSON.parse` makes of the text that was checked, so that fields
/// which this package does not know are kept.
pub(crate) fn to_js(
    response: &Response<()>,
    headers: JsValue,
    complete: Option<fn(&str, &JsValue)>,
) -> Result<JsValue, JsValue> {
    let data = JSON::parse(&response.text)?;
    if response.reconciled {
        set(&data, "success", &JsValue::TRUE);
        set(&data, "reconciled", &JsValue::TRUE);
    }
    if let Some(complete) = complete {
        complete(&response.text, &data);
    }
    let request_id = response.request_id.as_deref().map_or(JsValue::NULL, JsValue::from_str);
    let members = [
        ("data", data),
        ("status", response.status.into()),
        ("headers", headers),
        ("requestId", request_id),
        ("attempts", response.attempts.into()),
        ("reconciled", response.reconciled.into()),
    ];
    Ok(object(members))
}
