//! Plain objects: reading foreign ones, building new ones.

use js_sys::{Array, Function, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Whether the value is an array; throws for a proxy that was revoked.
    #[wasm_bindgen(js_namespace = Array, js_name = isArray, catch)]
    pub(crate) fn is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = keys, catch)]
    fn keys(object: &JsValue) -> Result<Array, JsValue>;
    #[wasm_bindgen(js_namespace = Object, js_name = assign, catch)]
    pub(crate) fn assign(target: &JsValue, members: &JsValue) -> Result<JsValue, JsValue>;
}

/// The keys and values that a plain object has itself and that are enumerable; `None` for anything else.
///
/// # Errors
/// What a getter or a proxy threw.
pub(crate) fn entries(value: &JsValue) -> Result<Option<Vec<(JsValue, JsValue)>>, JsValue> {
    if is_plain_object(value)? { own_entries(value).map(Some) } else { Ok(None) }
}

/// The keys and values that an object of any kind has itself and that are enumerable.
///
/// # Errors
/// What a getter or a proxy threw.
pub(crate) fn own_entries(value: &JsValue) -> Result<Vec<(JsValue, JsValue)>, JsValue> {
    let entry = |key| Reflect::get(value, &key).map(|value| (key, value));
    keys(value)?.iter().map(entry).collect()
}

/// Whether the object is a literal or has no prototype; of any realm.
fn is_plain_object(value: &JsValue) -> Result<bool, JsValue> {
    if !value.is_object() || is_array(value)? {
        return Ok(false);
    }
    let prototype: JsValue = Reflect::get_prototype_of(value)?.into();
    Ok(prototype.is_null() || JsValue::from(Reflect::get_prototype_of(&prototype)?).is_null())
}

/// Sets a member of an object of this module.
pub(crate) fn set(object: &JsValue, name: &str, value: &JsValue) {
    // Only frozen objects and proxies refuse.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// A member; `undefined` where reading it throws.
pub(crate) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default()
}

/// Calls a function without `this`.
pub(crate) fn call(function: &Function, arguments: &Array) -> Result<JsValue, JsValue> {
    Reflect::apply(function, &JsValue::UNDEFINED, arguments)
}

/// The value as JavaScript has it: structs and maps are plain objects, and numbers are numbers.
pub(crate) fn to_js<T: Serialize>(value: &T) -> JsValue {
    // No type of `hyperstack-credentials` fails to serialize.
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or_default()
}

/// Returns a member of an object of this module, if it is a string.
pub fn text_member(object: &JsValue, name: &str) -> Option<String> {
    get(object, name).as_string()
}

/// Sets a member of an object of this module to what a type serializes to.
pub fn set_member<T: Serialize>(object: &JsValue, name: &str, value: &T) {
    set(object, name, &to_js(value));
}
