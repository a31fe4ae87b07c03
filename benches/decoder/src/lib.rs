//! Three ways from the bytes of an answer to a validated JavaScript value, each behind a feature.
//! All check the same, as the product does: required fields, types, `success: true`, ids, times, statuses that are not
//! blank. Duplicate keys of fields only the first refuses everywhere; derived types do so for the fields they know.
#![allow(missing_docs, reason = "nobody but the benchmark calls this")]

use wasm_bindgen::prelude::*;

/// 32 letters and digits or a lower-case UUID.
fn is_document_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    let uuid = bytes.len() == 36
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    uuid || (bytes.len() == 32 && bytes.iter().all(u8::is_ascii_alphanumeric))
}

#[cfg(feature = "tables")]
mod candidate {
    //! The product's own crate, as it is.
    use hyperstack_decode::shape::{self, Rule};
    use wasm_bindgen::JsValue;

    const PAGE: &str = hyperstack_decode::shape!({
        success: true,
        total: count,
        page: count,
        page_size: count,
        credentials: [{
            document_id: document_id,
            document_url: text,
            recipient: { name: text, email: text },
            group: { title: text, key: text, code: text },
            issued_on: time,
            valid_until= time,
            metadata: {},
            status: filled,
            privacy? text,
        }],
    });

    fn accepts(rule: Rule, text: &str) -> bool {
        rule == Rule::DocumentId && super::is_document_id(text)
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<JsValue> {
        let text = hyperstack_decode::json::text_of(bytes).ok()?;
        shape::check(text, PAGE, accepts).ok()?.is_empty().then_some(())?;
        js_sys::JSON::parse(text).ok()
    }
}

#[cfg(any(feature = "serde_json", feature = "serde_wasm_bindgen"))]
mod candidate {
    //! Derived types. Unknown fields are kept by the second candidate only because it parses the text again.
    use hyperstack_decode::timestamp::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize};
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
        #[serde(deserialize_with = "there")]
        valid_until: Option<String>,
        metadata: HashMap<String, serde_json::Value>,
        status: String,
        #[serde(default, deserialize_with = "not_null", skip_serializing_if = "Option::is_none")]
        privacy: Option<String>,
    }
    impl Credential {
        fn is_fine(&self) -> bool {
            let time = |text: &str| Timestamp::parse(text).is_some();
            super::is_document_id(&self.document_id)
                && time(&self.issued_on)
                && self.valid_until.as_deref().is_none_or(time)
                && !self.status.trim().is_empty()
        }
    }
    /// `null` or a text; serde alone would take a missing one for `null`.
    fn there<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
        Option::deserialize(input)
    }
    /// Missing or a text; serde alone would take `null` for missing.
    fn not_null<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
        String::deserialize(input).map(Some)
    }
    #[derive(Deserialize, Serialize)]
    struct Page {
        success: bool,
        total: u64,
        page: u64,
        page_size: u64,
        credentials: Vec<Credential>,
    }
    impl Page {
        fn is_fine(&self) -> bool {
            self.success && self.credentials.iter().all(Credential::is_fine)
        }
    }

    #[cfg(feature = "serde_wasm_bindgen")]
    pub(super) fn decode(bytes: &[u8]) -> Option<JsValue> {
        let page: Page = serde_json::from_slice(bytes).ok()?;
        page.is_fine().then_some(())?;
        page.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()
    }

    #[cfg(not(feature = "serde_wasm_bindgen"))]
    pub(super) fn decode(bytes: &[u8]) -> Option<JsValue> {
        let text = core::str::from_utf8(bytes).ok()?;
        let page: Page = serde_json::from_str(text).ok()?;
        page.is_fine().then_some(())?;
        js_sys::JSON::parse(text).ok()
    }
}

/// The validated value, or `undefined`.
#[wasm_bindgen]
pub fn decode(bytes: &[u8]) -> JsValue {
    candidate::decode(bytes).unwrap_or(JsValue::UNDEFINED)
}
