//! What an operation resolves to.

use hyperstack_credentials::client::Response;
use js_sys::{JSON, Object};
use wasm_bindgen::prelude::*;

use crate::object::{object, set};

/// A response, apart from its typed data.
pub(crate) struct ApiResponse {
    text: String,
    status: u16,
    request_id: Option<String>,
    attempts: u32,
    reconciled: bool,
}

impl ApiResponse {
    /// Separates the data.
    pub(crate) fn split<D>(response: Response<D>) -> (D, Self) {
        let Response { data, text, status, request_id, attempts, reconciled, .. } = response;
        (data, Self { text, status, request_id, attempts, reconciled })
    }

    /// The object that the call resolves to, and its `data`: what `JSON.parse` makes of the text that was checked, so that
    /// fields which this package does not know are kept.
    pub(crate) fn into_js(self, headers: JsValue) -> Result<(Object, JsValue), JsValue> {
        let data = JSON::parse(&self.text)?;
        if self.reconciled {
            set(&data, "success", &JsValue::TRUE);
            set(&data, "reconciled", &JsValue::TRUE);
        }
        let request_id = self.request_id.map_or(JsValue::NULL, |id| JsValue::from_str(&id));
        let response = object([
            ("data", data.clone()),
            ("status", self.status.into()),
            ("headers", headers),
            ("requestId", request_id),
            ("attempts", self.attempts.into()),
            ("reconciled", self.reconciled.into()),
        ]);
        Ok((response, data))
    }
}
