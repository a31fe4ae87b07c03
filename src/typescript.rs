//! How types that serialize themselves look in TypeScript. Compiled only for the test that writes
//! `pkg-template/src/types.ts`; all other types derive `ts_rs::TS`.

/// Implements `ts_rs::TS` for types that have no declaration in TypeScript: fields show this text in their place.
macro_rules! shown_as {
    ($($(::$segment:ident)+ => $text:literal,)+) => {$(
        impl ts_rs::TS for crate$(::$segment)+ {
            type WithoutGenerics = Self;
            type OptionInnerType = Self;

            fn name(_: &ts_rs::Config) -> String {
                $text.to_owned()
            }

            fn inline(_: &ts_rs::Config) -> String {
                $text.to_owned()
            }
        }
    )+};
}

shown_as! {
    ::json::Value => "unknown",
    ::model::Success => "true",
    ::model::DocumentId => "string",
    ::model::GroupKey => "string",
    ::model::GroupCode => "string",
    ::model::EmailAddress => "string",
    ::model::Text => "string",
    ::model::PersonName => "string",
    ::model::Personal => "string",
    ::model::HttpUrl => "string",
    ::model::Tag => "string",
    ::model::Date => "string",
    ::model::Timestamp => "string",
    ::model::IsoTimestamp => "string",
    ::model::Years => "number",
    ::model::PageNumber => "number",
    ::model::Tags => "string[]",
    ::model::CustomAttributes => "{ [key: `custom_${string}`]: Json }",
    ::model::Metadata => "{ [key: string]: unknown }",
    ::api::ExpiryTime => "number | Date | null",
}
