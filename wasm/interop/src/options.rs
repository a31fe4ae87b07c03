//! Options as callers pass them: functions and signals apart from what JSON can hold.

use hyperstack_credentials::json::Value;
use hyperstack_credentials::validate::{Issues, Path, Rule};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::arguments::{Kind, Reader};
use crate::object::entries;

/// The own enumerable members of a plain object.
pub(crate) struct Options<const N: usize> {
    /// The members that were asked for by their names; `undefined` where they are missing.
    pub(crate) taken: [JsValue; N],
    /// All the others.
    pub(crate) rest: Value,
}

impl<const N: usize> Options<N> {
    /// Reads options; `undefined` and `null` are none.
    pub(crate) fn read(value: &JsValue, names: [&str; N], issues: &mut Issues) -> Self {
        let mut taken = [const { JsValue::UNDEFINED }; N];
        let mut rest = Vec::new();
        if !value.is_undefined() && !value.is_null() {
            let mut reader = Reader::new(Kind::Options);
            match entries(value) {
                Ok(Some(entries)) => {
                    for (key, value) in entries {
                        let key = key.as_string().unwrap_or_default();
                        let place = names.iter().position(|name| *name == key);
                        if let Some(taken) = place.and_then(|place| taken.get_mut(place)) {
                            *taken = value;
                        } else if let Some(value) = reader.read(&value, &Path::Member(&Path::Root, &key), issues) {
                            rest.push((key, value));
                        }
                    }
                    reader.finish(issues);
                }
                _ => issues.add(&Path::Root, Rule::Json),
            }
        }
        Self { taken, rest: Value::Object(rest) }
    }
}

/// A function, if one was passed; `null` is none.
pub(crate) fn read_function(value: &JsValue, name: &str, issues: &mut Issues) -> Option<Function> {
    let is_missing = value.is_undefined() || value.is_null();
    issues.require(is_missing || value.is_function(), &Path::Member(&Path::Root, name), Rule::Function);
    value.dyn_ref::<Function>().cloned()
}
