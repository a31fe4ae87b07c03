//! Options as callers pass them: separates functions and signals from what JSON can hold.

use hyperstack_credentials::json::Value;
use hyperstack_credentials::validate::{Issues, Path, Rule};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::arguments::{Kind, Reader};
use crate::object::entries;

/// The own enumerable members of a plain object.
pub(crate) struct Options {
    apart: Vec<(&'static str, JsValue)>,
    /// All that are not apart.
    pub(crate) rest: Value,
}

impl Options {
    /// Reads options; `undefined` and `null` are none. Those with the names `apart` are kept as they are.
    pub(crate) fn read(value: &JsValue, apart: &[&'static str], issues: &mut Issues) -> Self {
        let mut options = Self { apart: Vec::new(), rest: Value::Null };
        let mut rest = Vec::new();
        if !value.is_undefined() && !value.is_null() {
            let mut reader = Reader::new(Kind::Options);
            match entries(value) {
                Ok(Some(entries)) => {
                    for (key, value) in entries {
                        let key = key.as_string().unwrap_or_default();
                        if let Some(name) = apart.iter().find(|name| **name == key) {
                            options.apart.push((name, value));
                        } else if let Some(value) = reader.read(&value, &Path::Member(&Path::Root, &key), issues) {
                            rest.push((key, value));
                        }
                    }
                    reader.finish(issues);
                }
                _ => issues.add(&Path::Root, Rule::Json),
            }
        }
        options.rest = Value::Object(rest);
        options
    }

    /// Takes one that was kept apart; `null` is as good as `undefined`.
    pub(crate) fn take(&mut self, name: &str) -> Option<JsValue> {
        let place = self.apart.iter().position(|(known, _)| *known == name)?;
        let (_, value) = self.apart.swap_remove(place);
        (!value.is_undefined() && !value.is_null()).then_some(value)
    }

    /// Takes a function.
    pub(crate) fn take_function(&mut self, name: &str, issues: &mut Issues) -> Option<Function> {
        let function = self.take(name)?.dyn_into();
        issues.require(function.is_ok(), &Path::Member(&Path::Root, name), Rule::Function);
        function.ok()
    }
}
