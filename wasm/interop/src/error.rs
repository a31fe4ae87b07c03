//! Errors as JavaScript has them.

use hyperstack_credentials::Error;
use js_sys::Object;
use wasm_bindgen::prelude::*;

use crate::object;

/// An `Error` whose own properties are the fields of the error.
pub(crate) fn to_js(error: &Error) -> JsValue {
    let fields: Object = object::to_js(error).unchecked_into();
    Object::assign(js_sys::Error::new(&error.message).unchecked_ref(), &fields).into()
}
