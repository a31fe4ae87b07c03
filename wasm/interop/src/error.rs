//! Errors as JavaScript has them.

use hyperstack_credentials::{Error, json};
use js_sys::{JSON, Object};
use wasm_bindgen::prelude::*;

/// An `Error` whose own properties are the fields of the error.
pub(crate) fn to_js(error: &Error) -> JsValue {
    let object = js_sys::Error::new(&error.message);
    // Of text that this crate wrote, `JSON.parse` makes an object.
    if let Ok(fields) = JSON::parse(&json::to_string(error)) {
        Object::<JsValue>::assign(object.unchecked_ref(), fields.unchecked_ref());
    }
    object.into()
}
