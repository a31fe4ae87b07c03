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
    ::model::VisibleText => "string",
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
    ::verify::Params => "{ [name: string]: string | number }",
    ::verify::ShownMetadata => "{ [key: string]: string | number | boolean }",
    ::error::ErrorClass => "string",
    ::api::ExpiryTime => "number | Date | null",
}

impl ts_rs::TS for crate::verify::Code {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn docs() -> Option<String> {
        Some(ts_rs::format_docs(&["Why a check ended as it did. Texts are chosen by it. Append-only."]))
    }

    fn name(_: &ts_rs::Config) -> String {
        "CheckCode".to_owned()
    }

    fn inline(_: &ts_rs::Config) -> String {
        let own = Self::ALL.into_iter().filter(|code| !matches!(code, Self::Parse(_) | Self::Undecided(_)));
        let own: Vec<String> = own.map(|code| format!("{:?}", code.as_str())).collect();
        ["ParseCode | IndeterminateReason", &own.join(" | ")].join(" | ")
    }

    fn visit_dependencies(visitor: &mut impl ts_rs::TypeVisitor) {
        visitor.visit::<crate::verify::ParseCode>();
        visitor.visit::<crate::verify::Reason>();
    }

    fn output_path() -> Option<std::path::PathBuf> {
        Some("CheckCode.ts".into())
    }
}

impl ts_rs::TS for crate::verify::ParsedLink {
    type WithoutGenerics = Self;
    type OptionInnerType = Self;

    fn docs() -> Option<String> {
        Some(ts_rs::format_docs(&["What `parseCredentialUrl` resolves to."]))
    }

    fn name(_: &ts_rs::Config) -> String {
        "ParsedCredentialUrl".to_owned()
    }

    fn inline(cfg: &ts_rs::Config) -> String {
        let valid = crate::verify::Subject::inline(cfg).replacen(
            '{',
            "{ /** A link on a trusted host, or an id. */ ok: true,",
            1,
        );
        let invalid =
            "{ /** It is neither. */ ok: false, /** The first rule that the input breaks. */ code: ParseCode, }";
        [&valid, invalid].join(" | ")
    }

    fn visit_dependencies(visitor: &mut impl ts_rs::TypeVisitor) {
        visitor.visit::<crate::verify::ParseCode>();
    }

    fn output_path() -> Option<std::path::PathBuf> {
        Some("ParsedCredentialUrl.ts".into())
    }
}
