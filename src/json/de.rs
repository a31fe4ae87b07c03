//! The serde deserializer over the reader.
//!
//! A value of another type than the one that serde asks for breaks the rule of that type. The path of an error is built on
//! the way out, so a good text costs nothing for it.

use std::borrow::Cow;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::BoxedError;
use super::number;
use super::reader::{Array, Kind, Object, Reader};
use crate::validate::Rule;

type Result<T> = std::result::Result<T, BoxedError>;

/// Deserializes the value at the reader's position.
pub(super) struct Deserializer<'a, 'de>(pub(super) &'a mut Reader<'de>);

impl<'de> Deserializer<'_, 'de> {
    /// Reads a value that must be of this kind, for a visitor whose type has this rule.
    #[inline]
    fn require<V: Visitor<'de>>(&mut self, kind: Kind, rule: Rule, visitor: &V) -> Result<()> {
        if self.0.peek()? == kind { Ok(()) } else { Err(BoxedError::unmet(visitor, rule)) }
    }

    #[inline]
    fn visit_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.string()? {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn visit_array<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let mut elements = Elements { array: self.0.open_array()?, reader: self.0 };
        let value = visitor.visit_seq(&mut elements)?;
        // A visitor may stop before the end.
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(value)
    }

    fn visit_object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let mut members = Members { object: self.0.open_object()?, reader: self.0 };
        let value = visitor.visit_map(&mut members)?;
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(value)
    }
}

impl<'de> de::Deserializer<'de> for Deserializer<'_, 'de> {
    type Error = BoxedError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.peek()? {
            Kind::Null => self.deserialize_unit(visitor),
            Kind::True | Kind::False => self.deserialize_bool(visitor),
            Kind::Number => {
                let text = self.0.number()?;
                match number::parse_integer(text) {
                    Some(number) if number < 0 => visitor.visit_i64(number),
                    // A double has two zeros, an integer has one.
                    Some(number) if !text.starts_with('-') => visitor.visit_u64(number.unsigned_abs()),
                    _ => visitor.visit_f64(number::parse_double(text)),
                }
            }
            Kind::String => self.visit_string(visitor),
            Kind::Array => self.visit_array(visitor),
            Kind::Object => self.visit_object(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.peek()? {
            Kind::True => self.0.word("true").map_err(BoxedError::from).and_then(|()| visitor.visit_bool(true)),
            Kind::False => self.0.word("false").map_err(BoxedError::from).and_then(|()| visitor.visit_bool(false)),
            _ => Err(BoxedError::unmet(&visitor, Rule::Boolean)),
        }
    }

    fn deserialize_i64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::Number, Rule::Number, &visitor)?;
        match number::parse_integer(self.0.number()?) {
            Some(number) => visitor.visit_i64(number),
            None => Err(BoxedError::unmet(&visitor, Rule::Number)),
        }
    }

    /// A whole number that a double holds exactly, in digits: `1.0` is one, `1e2` is not.
    fn deserialize_u64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::Number, Rule::Count, &visitor)?;
        match number::parse_integer(self.0.number()?).map(u64::try_from) {
            Some(Ok(number)) => visitor.visit_u64(number),
            _ => Err(BoxedError::unmet(&visitor, Rule::Count)),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::Number, Rule::Number, &visitor)?;
        visitor.visit_f64(number::parse_double(self.0.number()?))
    }

    fn deserialize_str<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::String, Rule::String, &visitor)?;
        self.visit_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.0.peek()? == Kind::Null {
            self.0.word("null")?;
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::Null, Rule::Null, &visitor)?;
        self.0.word("null")?;
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::Array, Rule::Array, &visitor)?;
        self.visit_array(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
        self.require(Kind::Object, Rule::Object, &visitor)?;
        self.visit_object(visitor)
    }

    /// Only variants without data, as strings: the API has no others.
    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.require(Kind::String, Rule::OneOf, &visitor)?;
        visitor.visit_enum(StrDeserializer::new(&self.0.string()?))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.0.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_i8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_i64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_u64(visitor)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }
}

/// The elements of an array.
struct Elements<'a, 'de> {
    array: Array,
    reader: &'a mut Reader<'de>,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = BoxedError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if !self.reader.next_element(&mut self.array)? {
            return Ok(None);
        }
        match seed.deserialize(Deserializer(self.reader)) {
            Ok(element) => Ok(Some(element)),
            Err(error) => Err(error.in_element(self.array.length - 1)),
        }
    }
}

/// The members of an object.
struct Members<'a, 'de> {
    object: Object,
    reader: &'a mut Reader<'de>,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = BoxedError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        if !self.reader.next_key(&mut self.object)? {
            return Ok(None);
        }
        let key = self.reader.key(&self.object);
        match seed.deserialize(StrDeserializer::new(key)) {
            Ok(key) => Ok(Some(key)),
            Err(error) => Err(BoxedError::in_member(error, key)),
        }
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value> {
        match seed.deserialize(Deserializer(self.reader)) {
            Ok(value) => Ok(value),
            Err(error) => Err(error.in_member(self.reader.key(&self.object))),
        }
    }
}
