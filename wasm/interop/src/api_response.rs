//! What an operation resolves to.

use hyperstack_credentials::client::Response;
use hyperstack_credentials::json;
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::object::{get, set};

/// What an API response has beside its data. The headers are filled in later.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
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
    complete: Option<fn(&str, &JsValue)>,
) -> Result<JsValue, JsValue> {
    let meta = json::to_string(&Meta {
        status: response.status,
        headers: (),
        request_id: response.request_id.as_deref(),
        attempts: response.attempts,
        reconciled: response.reconciled,
    });
    let members = meta.strip_prefix('{').unwrap_or_default();
    let object = JSON::parse(&["{\"data\":", &response.text, ",", members].concat())?;
    set(&object, "headers", headers);
    if response.reconciled || complete.is_some() {
        let data = get(&object, "data");
        if response.reconciled {
            set(&data, "success", &JsValue::TRUE);
            set(&data, "reconciled", &JsValue::TRUE);
        }
        if let Some(complete) = complete {
            complete(&response.text, &data);
        }
    }
    Ok(object)
}
