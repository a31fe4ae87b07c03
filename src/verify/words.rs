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

        impl $crate::verify::words::Named for $name {
            fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|each| each.as_str() == name)
            }
        }
    )+};
}
pub(crate) use named_enums;

/// An enum whose variants have public names.
pub(super) trait Named: Sized {
    /// The variant of that name.
    fn from_name(name: &str) -> Option<Self>;
}
