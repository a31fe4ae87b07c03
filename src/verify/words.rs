//! Declares enums whose variants have public names.

/// Declares enums whose variants have public names. The order of `ALL` is the order of declaration; nothing else depends on it.
macro_rules! named_enums {
    ($(
        $(#[$attribute:meta])*
        $name:ident { $($(#[$variant_attribute:meta])* $variant:ident = $text:literal,)+ }
    )+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        $(#[$attribute])*
        pub enum $name {
            $(#[doc = concat!("`", $text, "`.")] $(#[$variant_attribute])* #[cfg_attr(feature = "typescript", ts(rename = $text))] $variant,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The public name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl $crate::validate::FromValue for $name {
            fn from_value(
                value: Option<$crate::json::Value>,
                path: &$crate::validate::Path<'_>,
                issues: &mut $crate::validate::Issues,
            ) -> Option<Self> {
                $crate::verify::words::read_name(value.as_ref(), Self::ALL, Self::as_str, path, issues)
            }
        }
    )+};
}
pub(crate) use named_enums;

use crate::json::Value;
use crate::validate::{Issues, Path, Rule};

/// Reads the one of `all` that has this name.
pub(super) fn read_name<T: Copy>(
    value: Option<&Value>,
    all: &[T],
    name: fn(T) -> &'static str,
    path: &Path<'_>,
    issues: &mut Issues,
) -> Option<T> {
    let text = value.and_then(Value::as_str);
    let found = text.and_then(|text| all.iter().copied().find(|each| name(*each) == text));
    if found.is_none() {
        issues.add(path, if value.is_some() { Rule::OneOf } else { Rule::Required });
    }
    found
}
