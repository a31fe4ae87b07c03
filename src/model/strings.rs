//! Newtypes over strings that hold a rule, and the macros that declare them.

use std::fmt;

use serde::Serialize;
use serde::de::{self, Deserialize, Deserializer, Visitor};

use crate::json::Value;
use crate::validate::{
    FromValue, Issues, Path, Rule, find_email_flaw, find_name_flaw, format, read_string, read_string_without_flaw,
};

/// Deserializes a string that breaks `rule` where `parse` returns nothing. A value of another type breaks the same rule.
pub(crate) fn deserialize_string<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    rule: Rule,
    parse: &dyn Fn(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(StringVisitor { rule, parse })
}

struct StringVisitor<'a, T> {
    rule: Rule,
    parse: &'a dyn Fn(&str) -> Option<T>,
}

impl<T> Visitor<'_> for StringVisitor<'_, T> {
    type Value = T;

    /// The rule that a value of another type breaks, by its name (see module `json`).
    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.rule.of_other_types().name())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.parse)(text).ok_or_else(|| E::custom(self.rule))
    }
}

/// Declares newtypes that only parsing can create. `by` names the predicate of the rule, `unless` a function that returns a flaw.
/// `shown` or `hidden` decides whether `Debug` writes the string.
macro_rules! string_newtypes {
    ($($(#[$attribute:meta])* $name:ident: $rule:ident $how:ident $judge:path, $visibility:ident;)+) => {$(
        $(#[$attribute])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Parses the string.
            ///
            /// # Errors
            /// The rule that the string breaks.
            pub fn parse(text: impl Into<String>) -> Result<Self, Rule> {
                let text = text.into();
                match string_newtypes!(@broken $how $judge, $rule, &text) {
                    None => Ok(Self(text)),
                    Some(rule) => Err(rule),
                }
            }

            /// The string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = Rule;

            fn from_str(text: &str) -> Result<Self, Rule> {
                Self::parse(text)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                string_newtypes!(@debug $visibility self, formatter)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let parse = |text: &str| {
                    string_newtypes!(@broken $how $judge, $rule, text).is_none().then(|| Self(text.to_owned()))
                };
                deserialize_string(deserializer, Rule::$rule, &parse)
            }
        }

        impl FromValue for $name {
            fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
                string_newtypes!(@read $how)(value, Rule::$rule, $judge, path, issues).map(Self)
            }
        }
    )+};
    (@broken by $accepts:path, $rule:ident, $text:expr) => {
        (!$accepts($text)).then_some(Rule::$rule)
    };
    (@broken unless $find_flaw:path, $rule:ident, $text:expr) => {
        $find_flaw($text).map(|flaw| flaw.rule)
    };
    (@read by) => { read_string };
    (@read unless) => { read_string_without_flaw };
    (@debug shown $self:ident, $formatter:ident) => {
        std::fmt::Debug::fmt(&$self.0, $formatter)
    };
    (@debug hidden $self:ident, $formatter:ident) => {{
        let _ = $self;
        $formatter.write_str("[redacted]")
    }};
}

string_newtypes! {
    /// A `document_id`: 32 ASCII letters and digits, or a lower-case UUID in older accounts.
    DocumentId: DocumentId by format::is_document_id, shown;
    /// A `group_key`: 1 to 64 letters, digits, `-` or `_`. The vendor shows 12 alphanumerics and documents no grammar.
    GroupKey: GroupKey by format::is_group_key, shown;
    /// A `group_code`: "alphanumeric, hyphens, and spaces only" (vendor page `create-credential-group`).
    GroupCode: GroupCode by format::is_group_code, shown;
    /// A bare e-mail address, without hidden characters. Personal data: `Debug` does not write it.
    EmailAddress: Email unless find_email_flaw, hidden;
    /// A string that is not blank.
    Text: NotBlank by format::is_not_blank, shown;
    /// A string of visible characters, such as a title.
    VisibleText: NotBlank unless find_name_flaw, shown;
    /// A name of a person, of visible characters, to send to the API. Personal data: `Debug` does not write it.
    PersonName: NotBlank unless find_name_flaw, hidden;
    /// A name to compare with the recipient's, which is not blank. Personal data: `Debug` does not write it.
    NameToCompare: NotBlank by format::is_not_blank, hidden;
    /// An address that begins with `https://` or `http://` and holds no white space.
    HttpUrl: HttpUrl by format::is_http_url, shown;
    /// A tag of a group. It holds no comma, because the API joins tags with commas.
    Tag: NoComma by format::has_no_comma, shown;
    /// The key of a custom attribute: `custom_` and more (vendor page `generate-credential`).
    CustomKey: CustomPrefix by format::is_custom_key, shown;
    /// A day, written `YYYY/MM/DD` (vendor page `search-credentials`).
    Date: Date by format::is_date, shown;
    /// A plain DNS name with a dot: no wildcard, port or path.
    Host: Host by format::is_host, shown;
    /// The root of the API: https, or http on loopback; no user info, query or fragment.
    BaseUrl: BaseUrl by format::is_base_url, shown;
    /// The address of a verify service: a path on this origin (`/api/verify`), or as [`BaseUrl`].
    ServiceEndpoint: Endpoint by format::is_endpoint, shown;
    /// The name of a header: up to 64 letters, digits and hyphens.
    HeaderName: HeaderName by format::is_header_name, shown;
    /// The name of a header that a caller may add to a request.
    OwnHeaderName: OwnHeader by format::is_own_header, shown;
    /// The value of such a header: visible ASCII and spaces. It may be a secret: `Debug` does not write it.
    HeaderValue: HeaderValue by format::is_header_value, hidden;
    /// The bearer token: visible ASCII without spaces. A secret: `Debug` does not write it.
    Token: Token by format::is_token, hidden;
}

impl Default for BaseUrl {
    /// The root of the live API.
    fn default() -> Self {
        Self("https://api.thehyperstack.com".to_owned())
    }
}

impl Default for HeaderName {
    /// The header that a request id is read from. The vendor documents none; gateways often set this one.
    fn default() -> Self {
        Self("x-request-id".to_owned())
    }
}

/// A string of a response that is personal data: any text, and `Debug` does not write it.
#[derive(Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    /// The string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Personal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Declares enums of strings that the API may extend: an unknown string is kept and never taken for a known one.
macro_rules! open_enums {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[$variant_attribute:meta])* $variant:ident = $text:literal,)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`.")] $(#[$variant_attribute])* $variant,)+
            /// A string that this version does not know.
            Other(String),
        }

        impl $name {
            /// The documented strings.
            pub const KNOWN: &'static [&'static str] = &[$($text),+];

            /// The string.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        #[cfg(feature = "typescript")]
        impl ts_rs::TS for $name {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn docs() -> Option<String> {
                Some(ts_rs::format_docs(&[$($doc),+]))
            }

            fn name(_: &ts_rs::Config) -> String {
                stringify!($name).to_owned()
            }

            fn inline(_: &ts_rs::Config) -> String {
                let known: Vec<String> = Self::KNOWN.iter().map(|text| format!("{text:?}")).collect();
                format!("OpenEnum<{}>", known.join(" | "))
            }

            fn output_path() -> Option<std::path::PathBuf> {
                Some(concat!(stringify!($name), ".ts").into())
            }
        }
    )+};
}
pub(crate) use open_enums;
