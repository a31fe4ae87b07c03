//! What the responses of several operations have in common.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::validate::Rule;

/// The `success: true` of a response. A response that says otherwise does not become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success;

impl<'de> Deserialize<'de> for Success {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bool(SuccessVisitor)
    }
}

struct SuccessVisitor;

impl Visitor<'_> for SuccessVisitor {
    type Value = Success;

    /// The rule that a value of another type breaks, by its name (see module `json`).
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Rule::True.name())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Success, E> {
        if value { Ok(Success) } else { Err(E::custom(Rule::True)) }
    }
}

impl Serialize for Success {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(true)
    }
}

/// A response that only says that the request was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Done {
    /// Always `true`: any other response is an error.
    pub success: Success,
}

/// A response that says, also in words, that the request was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DoneWithMessage {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// The API's own words. For people; programs have nothing to read from it.
    pub message: String,
}

/// Reads a field that may be missing but not `null`; serde alone takes `null` for missing.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a field that may be `null` but not missing; serde alone takes a missing one for `null`.
pub(crate) fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
