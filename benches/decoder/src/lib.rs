//! Three ways from the bytes of an answer to a validated JavaScript value, each behind a feature.
//! All check the same: required fields, types, `success: true`, dates left as text.
#![allow(missing_docs, reason = "nobody but the benchmark calls this")]

use wasm_bindgen::prelude::*;

#[cfg(feature = "tables")]
mod candidate {
    //! The product's own crate, as it is.
    use hyperstack_decode::shape::{Kind, Object, answer, nullable, optional, required};
    use wasm_bindgen::JsValue;

    static RECIPIENT: Object = answer(&[required("name", Kind::Text), required("email", Kind::Text)]);
    static GROUP: Object =
        answer(&[required("title", Kind::Text), required("key", Kind::Text), required("code", Kind::Text)]);
    static CREDENTIAL: Object = answer(&[
        required("document_id", Kind::Text),
        required("document_url", Kind::Text),
        required("recipient", Kind::Object(&RECIPIENT)),
        required("group", Kind::Object(&GROUP)),
        required("issued_on", Kind::Text),
        nullable("valid_until", Kind::Text),
        required("metadata", Kind::Map { keys: None, values: &Kind::Any }),
        required("status", Kind::Text),
        optional("privacy", Kind::Text),
    ]);
    static PAGE: Object = answer(&[
        required("success", Kind::True),
        required("total", Kind::Count),
        required("page", Kind::Count),
        required("page_size", Kind::Count),
        required("credentials", Kind::List(&Kind::Object(&CREDENTIAL))),
    ]);

    pub(super) fn decode(bytes: &[u8]) -> Option<JsValue> {
        let text = hyperstack_decode::json::text_of(bytes).ok()?;
        hyperstack_decode::shape::check(text, &Kind::Object(&PAGE)).ok()?.is_empty().then_some(())?;
        js_sys::JSON::parse(text).ok()
    }
}

#[cfg(any(feature = "serde_json", feature = "serde_wasm_bindgen"))]
mod candidate {
    //! Derived types. Unknown fields are kept by the second candidate only because it parses the text again.
    use serde::{Deserialize, Serialize};
    use std::collections::HashMap;
    use wasm_bindgen::JsValue;

    #[derive(Deserialize, Serialize)]
    struct Recipient {
        name: String,
        email: String,
    }
    #[derive(Deserialize, Serialize)]
    struct Group {
        title: String,
        key: String,
        code: String,
    }
    #[derive(Deserialize, Serialize)]
    struct Credential {
        document_id: String,
        document_url: String,
        recipient: Recipient,
        group: Group,
        issued_on: String,
        valid_until: Option<String>,
        metadata: HashMap<String, serde_json::Value>,
        status: String,
        privacy: Option<String>,
    }
    #[derive(Deserialize, Serialize)]
    struct Page {
        success: bool,
        total: u64,
        page: u64,
        page_size: u64,
        credentials: Vec<Credential>,
    }

    #[cfg(feature = "serde_wasm_bindgen")]
    pub(super) fn decode(bytes: &[u8]) -> Option<JsValue> {
        let page: Page = serde_json::from_slice(bytes).ok()?;
        page.success.then_some(())?;
        page.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()
    }

    #[cfg(not(feature = "serde_wasm_bindgen"))]
    pub(super) fn decode(bytes: &[u8]) -> Option<JsValue> {
        let text = core::str::from_utf8(bytes).ok()?;
        let page: Page = serde_json::from_str(text).ok()?;
        page.success.then_some(())?;
        js_sys::JSON::parse(text).ok()
    }
}

/// The validated value, or `undefined`.
#[wasm_bindgen]
pub fn decode(bytes: &[u8]) -> JsValue {
    candidate::decode(bytes).unwrap_or(JsValue::UNDEFINED)
}
