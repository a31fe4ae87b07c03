//! Reads the JSON body of a request to the API. Each operation decides which fields it needs.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
};
use serde_json::{Map, Value};

use crate::{documented::Refusal, undocumented::Undocumented};

/// No documented request comes near this; it keeps a runaway client from filling memory.
pub(crate) const MOST_BYTES: usize = 2 * 1024 * 1024;

/// The body of a request: a JSON object.
#[derive(Debug)]
pub(crate) struct RequestObject(Map<String, Value>);

impl RequestObject {
    fn parse(bytes: &[u8]) -> Result<Self, Refusal> {
        // Not documented: an empty body is taken for an empty object, so that what is missing is
        // refused with the documented code of the operation.
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        // Not documented either: how malformed JSON is answered.
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Undocumented::broken_rule("the body must be a JSON object")),
            Err(_) => Err(Undocumented::broken_rule("the body is not valid JSON")),
        }
    }

    pub(crate) fn into_fields(self) -> impl Iterator<Item = (String, Value)> {
        self.0.into_iter()
    }

    /// The field, unless it is missing. `null` is a value of the wrong type like any other: the
    /// documentation gives it a meaning in one place only, the `expiry` of a credential.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The field as an object of its own; an empty one where it is missing.
    pub(crate) fn object(&self, name: &str) -> Result<Self, Refusal> {
        match self.get(name) {
            None => Ok(Self(Map::new())),
            Some(Value::Object(fields)) => Ok(Self(fields.clone())),
            Some(_) => Err(Undocumented::broken_rule(format!("{name} must be an object"))),
        }
    }

    /// The text of a field; blank ones count as not given, and what is no text is refused.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Undocumented::broken_rule(format!("{name} must be a string"))),
        }
    }

    /// The field, if it is `true` or `false`; anything else is refused.
    pub(crate) fn optional_flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(_) => Err(Undocumented::broken_rule(format!("{name} must be a boolean"))),
        }
    }

    /// The text of a field; missing, blank and non-text fields count as not given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(filled)
    }
}

/// The value as a whole number, 0 or more: `2` and `2.0` are the same number in JSON. What is too
/// large becomes the largest there is.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    let fraction = || value.as_f64().filter(|number| *number >= 0.0 && number.fract() == 0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, not negative, and saturating")]
    value.as_u64().or_else(|| fraction().map(|number| number as u64))
}

/// The text of a value, unless it is blank or no text at all.
pub(crate) fn filled(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

impl<S: Send + Sync> FromRequest<S> for RequestObject {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Undocumented::new(StatusCode::BAD_REQUEST, "the body could not be read"))?;
        Self::parse(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_body_is_an_empty_object() {
        let body = RequestObject::parse(b"").unwrap();
        assert!(body.0.is_empty());
    }

    #[test]
    fn only_objects_are_taken() {
        for text in ["[]", "null", "1", "\"a\"", "{", "{} x"] {
            assert!(RequestObject::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn whole_numbers_may_be_written_with_a_point() {
        let whole = |text| whole(&serde_json::from_str(text).unwrap());
        for (text, number) in [("0", 0), ("2", 2), ("2.0", 2), ("2e3", 2000), ("-0.0", 0), ("1e300", u64::MAX)] {
            assert_eq!(whole(text), Some(number), "{text}");
        }
        for text in ["-1", "-1.0", "1.5", "\"1\"", "null", "true", "[1]"] {
            assert_eq!(whole(text), None, "{text}");
        }
    }

    #[test]
    fn blank_and_non_text_fields_count_as_not_given() {
        let body = RequestObject::parse(br#"{"a":" ","b":1,"c":null,"d":"x"}"#).unwrap();
        assert_eq!(["a", "b", "c", "d", "e"].map(|name| body.text(name)), [None, None, None, Some("x"), None]);
    }
}
