//! Owns writing JSON text: commas, quotes and escapes, lines of it, and forms, which are texts with holes. What is written is up to
//! the caller.

use alloc::string::String;

use crate::decimal;
use crate::text::{self, Text};

/// A text that grows from left to right: JSON, or lines of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct JsonWriter(String);

impl JsonWriter {
    pub(crate) fn into_text(self) -> Text {
        self.0.leak()
    }

    /// What has been written.
    pub(crate) fn so_far(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// A comma where one is due: after anything but an opening bracket or a key.
    pub(crate) fn separate(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }

    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.0.push(':');
        self
    }

    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.separate();
        self.0.push('{');
        members(self);
        self.0.push('}');
    }

    pub(crate) fn array<T>(&mut self, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        self.separate();
        self.0.push('[');
        for item in items {
            each(self, item);
        }
        self.0.push(']');
    }

    pub(crate) fn string(&mut self, text: &str) {
        self.separate();
        self.0.push('"');
        // What needs no escape is copied as a whole: almost all of almost every text.
        let mut rest = text;
        let mut escaped = 0;
        while let Some((plain, behind)) = text::split_where(rest, |found| {
            escaped = found;
            found < b' ' || found == b'"' || found == b'\\'
        }) {
            self.0.push_str(plain);
            rest = behind;
            if escaped >= b' ' {
                self.0.push('\\');
                self.0.push(char::from(escaped));
            } else {
                self.0.push_str(if escaped < 16 { "\\u000" } else { "\\u001" });
                let digit = escaped & 15;
                self.0.push(char::from(digit + if digit < 10 { b'0' } else { b'a' - 10 }));
            }
        }
        self.0.push_str(rest);
        self.0.push('"');
    }

    /// A member that is a string.
    #[inline(never)]
    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.key(name).string(text);
    }

    /// A member that is a string, where there is one.
    pub(crate) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    #[inline(never)]
    pub(crate) fn number(&mut self, name: &str, value: i64) {
        self.raw(name, "");
        self.digits(value);
    }

    /// A text and what stands before it, not as JSON.
    pub(crate) fn line(&mut self, before: &str, text: &str) {
        self.0.extend([before, text]);
    }

    pub(crate) fn digits(&mut self, value: i64) {
        decimal::push(&mut self.0, value);
    }

    /// A member that is a status, where there is one.
    pub(crate) fn number_if(&mut self, name: &str, value: Option<u16>) {
        if let Some(value) = value {
            self.number(name, i64::from(value));
        }
    }

    pub(crate) fn boolean(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    /// What is no JSON, or is already.
    pub(crate) fn push(&mut self, members: &str) {
        self.0.push_str(members);
    }

    /// A member whose value is JSON already.
    #[inline(never)]
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.key(name).0.push_str(json);
    }
}

/// A JSON text that is given but for its holes, which are filled from left to right: a `$` each.
pub(crate) struct Form {
    json: JsonWriter,
    /// What comes behind the last hole that was filled.
    rest: &'static str,
}

impl Form {
    pub(crate) fn new(rest: &'static str) -> Self {
        Self { json: JsonWriter::default(), rest }
    }

    /// Fills the next hole, with what is JSON already. More can be written behind it.
    #[inline(never)]
    pub(crate) fn fill(&mut self, json: &str) -> &mut JsonWriter {
        let (before, rest) = text::split(self.rest, b'$').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.json.push(before);
        self.json.push(json);
        &mut self.json
    }

    /// The same with a string, or `null`.
    #[inline(never)]
    pub(crate) fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.fill("").string(text),
            None => drop(self.fill("null")),
        }
    }

    /// What has been written, to write more.
    pub(crate) fn json(&mut self) -> &mut JsonWriter {
        &mut self.json
    }

    /// Goes on with another form; gives what is left of this.
    pub(crate) fn switch(&mut self, form: &'static str) -> &'static str {
        core::mem::replace(&mut self.rest, form)
    }

    /// The whole text; nothing is left in the form.
    pub(crate) fn finish(&mut self) -> Text {
        core::mem::take(self.fill("")).into_text()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let mut writer = JsonWriter::default();
        let hostile = "a\"b\\c\n\u{1}\u{1f}\u{7f}é\u{1F600}[{:,";
        writer.object(|json| {
            json.text(hostile, hostile);
            json.number("n", -5);
            json.boolean("t", true);
            json.raw("none", "null");
            json.text_if("absent", None);
            json.raw("raw", "[1, 2]");
            json.key("list").array(["x:", "y"], JsonWriter::string);
            json.key("empty").object(|_| {});
            json.key("nested").array([1, 2], |json, item| json.object(|json| json.number("i", item)));
        });
        let read: serde_json::Value = serde_json::from_str(writer.into_text()).unwrap();
        let expected = serde_json::json!({
            hostile: hostile, "n": -5, "t": true, "none": null, "raw": [1, 2], "list": ["x:", "y"], "empty": {},
            "nested": [{"i": 1}, {"i": 2}],
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn a_form_is_filled_from_left_to_right() {
        let mut form = Form::new("{\"a\":$,\"b\":$,\"c\":$,\"d\":\"$\",\"e\":[$]}");
        form.fill("1");
        form.text(Some("\"$\""));
        form.text(None);
        form.fill("plain");
        let list = form.fill("");
        list.string("x");
        list.string("y");
        assert_eq!(form.finish(), r#"{"a":1,"b":"\"$\"","c":null,"d":"plain","e":["x","y"]}"#);
    }
}
