//! Owns writing JSON text: commas, quotes and escapes. What is written is up to the caller.

use alloc::string::String;

use crate::decimal;
use crate::json::RawStr;
use crate::text::Text;

/// A text that grows from left to right: JSON, or lines of it.
#[derive(Debug, Default)]
pub(crate) struct JsonWriter(String);

impl JsonWriter {
    pub(crate) fn into_text(self) -> Text {
        self.0.leak()
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    /// A comma where one is due: after anything but an opening bracket or a key.
    fn separate(&mut self) {
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
        for found in text.chars() {
            if found < ' ' {
                let code = found as u8;
                self.0.push_str(if code < 16 { "\\u000" } else { "\\u001" });
                let digit = code & 15;
                self.0.push(char::from(digit + if digit < 10 { b'0' } else { b'a' - 10 }));
            } else {
                if found == '"' || found == '\\' {
                    self.0.push('\\');
                }
                self.0.push(found);
            }
        }
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

    /// A member that is a string, or `null`.
    #[inline(never)]
    pub(crate) fn text_or_null(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => self.text(name, text),
            None => self.raw(name, "null"),
        }
    }

    /// A member that is a string out of checked JSON, escapes and all, or `null`.
    #[inline(never)]
    pub(crate) fn as_is(&mut self, name: &str, text: Option<RawStr<'_>>) {
        self.raw(name, text.map_or("null", |_| ""));
        if let Some(text) = text {
            self.0.extend(["\"", text.text, "\""]);
        }
    }

    #[inline(never)]
    pub(crate) fn number(&mut self, name: &str, value: i64) {
        self.raw(name, "");
        self.digits(value);
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

    /// A member that is a list of strings.
    pub(crate) fn strings(&mut self, name: &str, items: &[impl AsRef<str>]) {
        self.key(name).array(items, |json, item| json.string(item.as_ref()));
    }

    /// A member whose value is JSON already.
    #[inline(never)]
    pub(crate) fn raw(&mut self, name: &str, json: &str) {
        self.key(name).0.push_str(json);
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
            json.text_or_null("none", None);
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
}
