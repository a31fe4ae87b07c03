//! Errors as JavaScript has them.

use hyperstack_credentials::{Error, json};
use js_sys::JSON;
use wasm_bindgen::prelude::*;

use crate::object::assign;

/// An `Error` whose own properties are the fields of the error.
pub(crate) fn to_js(error: &Error) -> JsValue {
    let object = js_sys::Error::new(&error.message);
    // Of text that this crate wrote, `JSON.parse` makes an object.
    let fields = JSON::parse(&json::to_string(error)).unwrap_or_default();
    // Where a page has frozen the prototype of errors, the fields alone are what can be said.
    assign(&object, &fields).unwrap_or(fields)
}
