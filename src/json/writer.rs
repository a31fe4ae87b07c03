//! The serde serializer that writes JSON text, as `JSON.stringify` writes it.
//!
//! `serde_json` would do; this one writes to a string, which cannot fail, and is a third of its size in wasm.

use std::fmt::{self, Display};

use serde::ser::{self, Serialize};

use super::number::{write_count, write_double};

/// The error that never occurs: no type of this crate refuses to be serialized.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unwritable;

impl Display for Unwritable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not serializable")
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

type Result = std::result::Result<(), Unwritable>;

/// Writes one value.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
}

impl Writer {
    #[inline(never)]
    fn write(&mut self, text: &str) {
        self.text.push_str(text);
    }

    #[inline(never)]
    fn write_string(&mut self, text: &str) {
        self.text.push('"');
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if text.bytes().all(is_plain) {
            self.write(text);
        } else {
            self.write_escaped(text);
        }
        self.text.push('"');
    }

    #[cold]
    fn write_escaped(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '"' => self.write("\\\""),
                '\\' => self.write("\\\\"),
                '\n' => self.write("\\n"),
                '\r' => self.write("\\r"),
                '\t' => self.write("\\t"),
                '\u{8}' => self.write("\\b"),
                '\u{c}' => self.write("\\f"),
                control if control < ' ' => {
                    self.write("\\u00");
                    let code = u32::from(control);
                    for digit in [code >> 4, code & 0xf] {
                        self.text.extend(char::from_digit(digit, 16));
                    }
                }
                other => self.text.push(other),
            }
        }
    }

    /// Writes the comma before every part of a list but the first.
    #[inline(never)]
    fn separate(&mut self) {
        if !self.text.ends_with(['[', '{']) {
            self.text.push(',');
        }
    }

    #[inline(never)]
    fn write_key(&mut self, key: &str) {
        self.separate();
        self.write_string(key);
        self.text.push(':');
    }
}

/// A list or an object that is being written.
pub(super) struct Parts<'a> {
    writer: &'a mut Writer,
    end: &'static str,
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    fn serialize_bool(self, value: bool) -> Result {
        self.write(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result {
        if value < 0 {
            self.write("-");
        }
        write_count(&mut self.text, value.unsigned_abs());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result {
        write_count(&mut self.text, value);
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result {
        self.serialize_f64(value.into())
    }

    /// JSON has no infinite numbers: they become `null`, as in `JSON.stringify`.
    fn serialize_f64(self, value: f64) -> Result {
        if !value.is_finite() {
            return self.serialize_unit();
        }
        self.write(&write_double(value));
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result {
        self.write_string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        self.write("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        self.write("{");
        self.write_key(variant);
        value.serialize(&mut *self)?;
        self.write("}");
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> std::result::Result<Parts<'a>, Unwritable> {
        self.write("[");
        Ok(Parts { writer: self, end: "]" })
    }

    fn serialize_tuple(self, _: usize) -> std::result::Result<Parts<'a>, Unwritable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> std::result::Result<Parts<'a>, Unwritable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> std::result::Result<Parts<'a>, Unwritable> {
        self.write("{");
        self.write_key(variant);
        self.write("[");
        Ok(Parts { writer: self, end: "]}" })
    }

    fn serialize_map(self, _: Option<usize>) -> std::result::Result<Parts<'a>, Unwritable> {
        self.write("{");
        Ok(Parts { writer: self, end: "}" })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> std::result::Result<Parts<'a>, Unwritable> {
        self.serialize_map(None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> std::result::Result<Parts<'a>, Unwritable> {
        self.write("{");
        self.write_key(variant);
        self.write("{");
        Ok(Parts { writer: self, end: "}}" })
    }
}

impl Parts<'_> {
    fn element<T: ?Sized + Serialize>(&mut self, value: &T) -> Result {
        self.writer.separate();
        value.serialize(&mut *self.writer)
    }

    fn member<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result {
        self.writer.write_key(key);
        value.serialize(&mut *self.writer)
    }

    fn finish(self) {
        self.writer.write(self.end);
    }
}

/// Implements the traits of lists.
macro_rules! lists {
    ($($trait:ident::$method:ident,)+) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Result {
                self.element(value)
            }

            fn end(self) -> Result {
                self.finish();
                Ok(())
            }
        }
    )+};
}

lists! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// Implements the traits of structs.
macro_rules! structs {
    ($($trait:ident,)+) => {$(
        impl ser::$trait for Parts<'_> {
            type Ok = ();
            type Error = Unwritable;

            fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result {
                self.member(key, value)
            }

            fn end(self) -> Result {
                self.finish();
                Ok(())
            }
        }
    )+};
}

structs! {
    SerializeStruct,
    SerializeStructVariant,
}

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Unwritable;

    /// Keys are strings: no type of this crate has others.
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Result {
        self.element(key)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Result {
        self.writer.write(":");
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result {
        self.finish();
        Ok(())
    }
}
