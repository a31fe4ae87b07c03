//! Owns writing JSON text: commas, quotes and escapes. What is written is up to the caller.

use alloc::string::String;

use crate::decimal;
use crate::json::RawStr;

/// A JSON text that grows from left to right.
#[derive(Default)]
pub(crate) struct JsonWriter(String);

impl JsonWriter {
    pub(crate) fn into_text(self) -> String {
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
        const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
        self.separate();
        self.0.push('"');
        for found in text.chars() {
            match found {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\0'..='\u{1f}' => {
                    self.0.push_str("\\u00");
                    let code = found as usize;
                    for digit in [code >> 4, code & 15] {
                        self.0.push(HEX.get(digit).copied().unwrap_or('0'));
                    }
                }
                _ => self.0.push(found),
            }
        }
        self.0.push('"');
    }

    /// A string out of checked JSON, escapes and all.
    pub(crate) fn string_as_is(&mut self, text: RawStr<'_>) {
        self.separate();
        self.0.push('"');
        self.0.push_str(text.text);
        self.0.push('"');
    }

    /// The same, or `null`.
    pub(crate) fn maybe_as_is(&mut self, text: Option<RawStr<'_>>) {
        match text {
            Some(text) => self.string_as_is(text),
            None => self.raw("null"),
        }
    }

    /// A string, or `null`.
    pub(crate) fn maybe(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.string(text),
            None => self.raw("null"),
        }
    }

    pub(crate) fn number(&mut self, value: i64) {
        self.separate();
        decimal::push(&mut self.0, value);
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    /// Text that is JSON already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.separate();
        self.0.push_str(json);
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
            json.key(hostile).string(hostile);
            json.key("n").number(-5);
            json.key("t").boolean(true);
            json.key("none").maybe(None);
            json.key("raw").raw("[1, 2]");
            json.key("list").array(["x:", "y"], JsonWriter::string);
            json.key("empty").object(|_| {});
            json.key("nested").array([1, 2], |json, item| json.object(|json| json.key("i").number(item)));
        });
        let read: serde_json::Value = serde_json::from_str(&writer.into_text()).unwrap();
        let expected = serde_json::json!({
            hostile: hostile, "n": -5, "t": true, "none": null, "raw": [1, 2], "list": ["x:", "y"], "empty": {},
            "nested": [{"i": 1}, {"i": 2}],
        });
        assert_eq!(read, expected);
    }
}
