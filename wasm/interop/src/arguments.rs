//! Arguments as callers pass them, read into `json::Value`s. What JSON cannot hold is an issue, never silently dropped.

use hyperstack_credentials::json::{Number, Value};
use hyperstack_credentials::model::{DocumentId, GroupKey};
use hyperstack_credentials::validate::{FromValue, Issues, Path, Rule};
use js_sys::{Array, Date, JSON, Reflect};
use wasm_bindgen::prelude::*;

use crate::object::{entries, get, own_entries};

#[wasm_bindgen]
extern "C" {
    type Instance;
    #[wasm_bindgen(method, catch, js_name = toJSON)]
    fn to_json(this: &Instance) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getTime)]
    fn get_time(this: &Instance) -> Result<JsValue, JsValue>;
}

/// Arguments nested deeper than a response may be are circular, or a mistake.
const MAX_DEPTH: u32 = 64;
/// The size of an argument, in characters; a value counts as 16. More would fill the memory that all calls share.
const MAX_SIZE: u64 = 1 << 24;
const SIZE_OF_VALUE: u64 = 16;
/// Longer strings are neither ids nor links, and are not copied.
const MAX_TEXT: u32 = 1 << 20;

/// The first byte of U+FFFD, and of the characters near it.
const FIRST_BYTE_OF_REPLACEMENT: u8 = 0xef;

/// What is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The body of a request: what JSON would drop or change is an issue.
    Request,
    /// Options: the reader of an option judges whatever its value is. A `Date` is its milliseconds since 1970.
    Options,
}

/// Why an argument cannot be read at all.
enum Unreadable {
    /// It is circular, has a `BigInt`, or throws.
    NotJson,
    TooLong,
}

impl From<JsValue> for Unreadable {
    fn from(_thrown: JsValue) -> Self {
        Self::NotJson
    }
}

/// Reads the values of one argument.
pub(crate) struct Reader {
    kind: Kind,
    size: u64,
    unreadable: Option<Unreadable>,
}

impl Reader {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, size: 0, unreadable: None }
    }

    /// Reads a value; `None` for `undefined`.
    pub(crate) fn read(&mut self, value: &JsValue, path: &Path<'_>, issues: &mut Issues) -> Option<Value> {
        match self.walk(value, path, issues, 0) {
            Ok(value) => value,
            Err(unreadable) => {
                self.unreadable.get_or_insert(unreadable);
                None
            }
        }
    }

    /// Adds the issue of an argument that could not be read.
    pub(crate) fn finish(self, issues: &mut Issues) {
        match self.unreadable {
            Some(Unreadable::NotJson) => issues.add(&Path::Root, Rule::Json),
            Some(Unreadable::TooLong) => issues.add(&Path::Root, Rule::TooLong),
            None => {}
        }
    }

    fn walk(
        &mut self,
        value: &JsValue,
        path: &Path<'_>,
        issues: &mut Issues,
        depth: u32,
    ) -> Result<Option<Value>, Unreadable> {
        self.grow(SIZE_OF_VALUE)?;
        if depth > MAX_DEPTH || value.is_bigint() {
            return Err(Unreadable::NotJson);
        }
        Ok(Some(if value.is_undefined() {
            return Ok(None);
        } else if value.is_null() {
            Value::Null
        } else if let Some(flag) = value.as_bool() {
            Value::Bool(flag)
        } else if let Some(number) = value.as_f64() {
            self.number(number, path, issues)
        } else if value.is_string() {
            Value::String(self.string(value, path, issues)?)
        } else if value.is_function() || value.is_symbol() {
            self.not_json(path, issues)
        } else if Array::is_array(value) {
            self.array(value, path, issues, depth)?
        } else if let Some(entries) = entries(value)? {
            self.object(entries, path, issues, depth)?
        } else {
            self.instance(value, path, issues, depth)?
        }))
    }

    fn object(
        &mut self,
        entries: Vec<(JsValue, JsValue)>,
        path: &Path<'_>,
        issues: &mut Issues,
        depth: u32,
    ) -> Result<Value, Unreadable> {
        let mut members = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.string(&key, path, issues)?;
            if let Some(value) = self.walk(&value, &Path::Member(path, &key), issues, depth + 1)? {
                members.push((key, value));
            }
        }
        Ok(Value::Object(members))
    }

    fn number(&self, number: f64, path: &Path<'_>, issues: &mut Issues) -> Value {
        let number = Number::new(number);
        issues.require(self.kind == Kind::Options || number.is_some(), path, Rule::Number);
        number.map_or(Value::Null, Value::Number)
    }

    fn not_json(&self, path: &Path<'_>, issues: &mut Issues) -> Value {
        issues.require(self.kind == Kind::Options, path, Rule::Json);
        Value::Null
    }

    fn string(&mut self, value: &JsValue, path: &Path<'_>, issues: &mut Issues) -> Result<String, Unreadable> {
        self.grow(u64::from(value.unchecked_ref::<js_sys::JsString>().length()))?;
        let text = value.as_string().unwrap_or_default();
        // Half of a surrogate pair becomes U+FFFD, which is another string than the one that was passed.
        let may_be_half = text.bytes().any(|byte| byte == FIRST_BYTE_OF_REPLACEMENT);
        let is_whole = !may_be_half || JsValue::from_str(&text) == *value;
        issues.require(is_whole, path, Rule::Json);
        Ok(text)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lengths of arrays are below 2^32")]
    fn array(
        &mut self,
        array: &JsValue,
        path: &Path<'_>,
        issues: &mut Issues,
        depth: u32,
    ) -> Result<Value, Unreadable> {
        // A proxy of an array may throw, or say anything.
        let length = get(array, "length").as_f64().unwrap_or_default() as u32;
        self.grow(length.into())?;
        let mut elements = Vec::new();
        for index in 0..length {
            let path = Path::Element(path, index as usize);
            let element = self.walk(&Reflect::get_u32(array, index)?, &path, issues, depth + 1)?;
            // JSON has no gaps.
            elements.push(element.unwrap_or_else(|| self.not_json(&path, issues)));
        }
        Ok(Value::Array(elements))
    }

    /// An instance of a class: only its own `toJSON` knows what it is in JSON.
    fn instance(
        &mut self,
        value: &JsValue,
        path: &Path<'_>,
        issues: &mut Issues,
        depth: u32,
    ) -> Result<Value, Unreadable> {
        let instance: &Instance = value.unchecked_ref();
        let is_date = value.is_instance_of::<Date>();
        if is_date && self.kind == Kind::Options {
            return Ok(self.number(instance.get_time()?.as_f64().unwrap_or(f64::NAN), path, issues));
        }
        if get(value, "toJSON").is_function() {
            let json = instance.to_json()?;
            if !json.is_null() {
                return self.walk(&json, path, issues, depth + 1).map(Option::unwrap_or_default);
            }
        }
        // Fields of a class are data. What a `Map` holds is not in its fields, so it would be lost.
        let entries = own_entries(value)?;
        if self.kind == Kind::Request && !entries.is_empty() {
            return self.object(entries, path, issues, depth);
        }
        Ok(self.not_json(path, issues))
    }

    fn grow(&mut self, by: u64) -> Result<(), Unreadable> {
        self.size += by;
        if self.size > MAX_SIZE { Err(Unreadable::TooLong) } else { Ok(()) }
    }
}

/// Reads the arguments of an operation, and collects every issue.
#[derive(Default)]
pub struct Arguments {
    pub(crate) issues: Issues,
}

impl Arguments {
    /// Reads the body of a request.
    pub fn body<T: FromValue>(&mut self, value: &JsValue) -> Option<T> {
        let mut issues = Issues::default();
        let mut reader = Reader::new(Kind::Request);
        let value = reader.read(value, &Path::Root, &mut issues);
        reader.finish(&mut issues);
        if issues.is_empty() {
            return T::from_value(value.as_ref(), &Path::Root, &mut self.issues);
        }
        self.issues.append(issues);
        None
    }

    /// Reads the body of a request that may be left out.
    pub fn optional_body<T: FromValue + Default>(&mut self, value: &JsValue) -> Option<T> {
        if value.is_undefined() || value.is_null() { Some(T::default()) } else { self.body(value) }
    }

    /// Reads the id of a credential.
    pub fn document_id(&mut self, value: &JsValue) -> Option<DocumentId> {
        self.id("document_id", value)
    }

    /// Reads the key of a group.
    pub fn group_key(&mut self, value: &JsValue) -> Option<GroupKey> {
        self.id("group_key", value)
    }

    fn id<T: FromValue>(&mut self, name: &str, value: &JsValue) -> Option<T> {
        let value = match read_text(value) {
            Some(text) => Some(Value::String(text)),
            None if value.is_undefined() => None,
            None => {
                self.issues.add(&Path::Member(&Path::Root, name), Rule::String);
                return None;
            }
        };
        T::from_value(value.as_ref(), &Path::Member(&Path::Root, name), &mut self.issues)
    }
}

/// The string, or a short one of which the same is true if it is too long: neither an id nor a link.
pub(crate) fn read_text(value: &JsValue) -> Option<String> {
    if !value.is_string() {
        return None;
    }
    let is_short = value.unchecked_ref::<js_sys::JsString>().length() <= MAX_TEXT;
    if is_short { value.as_string() } else { Some("-".repeat(4096)) }
}

/// The value that `JSON.parse` makes of a text, unless that is nested too deep. Half a surrogate pair becomes U+FFFD.
pub(crate) fn parse_json(text: &str) -> Option<Value> {
    let parsed = JSON::parse(text).ok()?;
    Reader::new(Kind::Options).walk(&parsed, &Path::Root, &mut Issues::default(), 0).ok().flatten()
}
