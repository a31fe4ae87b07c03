//! Tests of timestamps, which are compared with `jiff`, and of what newtypes and open enums hold and hide.

use super::*;
use crate::json::{self, ErrorKind, Value};
use crate::validate::Rule;

const DAY_MS: i64 = 86_400_000;

/// The instant as `jiff` reads the string.
fn jiff_ms(text: &str) -> Option<i64> {
    // Rounded down, as a clock shows it.
    text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_nanosecond().div_euclid(1_000_000) as i64)
}

#[test]
fn reads_timestamps_as_the_api_writes_them() {
    for (text, ms) in [
        ("1970-01-01T00:00:00Z", 0),
        ("2024-03-15T10:30:00Z", 1_710_498_600_000),
        ("2023-08-21T08:25:25.930Z", 1_692_606_325_930),
        ("2024-02-29T23:59:59.9999999Z", 1_709_251_199_999),
        ("2024-02-29T23:59:59.123456789Z", 1_709_251_199_123),
        ("2024-03-15T16:00:00+05:30", 1_710_498_600_000),
        ("2024-03-15T09:30:00-01:00", 1_710_498_600_000),
        ("1969-12-31T23:59:59.5Z", -500),
        ("2030-01-01T00:00:00Z", 1_893_456_000_000),
    ] {
        assert_eq!(Timestamp::parse(text), Some(Timestamp::from_ms(ms)), "{text}");
        assert_eq!(jiff_ms(text), Some(ms), "{text}");
    }
}

#[test]
fn refuses_what_names_no_instant() {
    for text in [
        "",
        "2024-03-15",
        "2024-03-15T10:30:00",
        "2024-03-15 10:30:00Z",
        "2024-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.1234567890Z",
        "2024-01-01T00:00:00Zx",
        "2024-01-01T00:00:00ZZ",
        "2024-01-01T00:00:00+5",
        "2024-01-01T00:00:00+0530",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+05:60",
        "2024-01-01T00:00:00 05:30",
        "2024-01-01T00:00:00+05:30Z",
        "+2024-01-01T00:00:00Z",
        "-024-01-01T00:00:00Z",
        "12024-01-01T00:00:00Z",
        "1710498600",
        "2024-1-1T00:00:00Z",
        "2024-01-01t00:00:00z",
        "2024-01-01T00:00:00\u{ff3a}",
    ] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
}

#[test]
fn agrees_with_jiff_on_every_day_of_four_thousand_years() {
    let mut ms = Timestamp::parse("0000-01-01T00:00:00Z").expect("a date").as_ms();
    let last = Timestamp::parse("4000-12-31T00:00:00Z").expect("a date").as_ms();
    while ms <= last {
        let iso = Timestamp::from_ms(ms + 123).to_iso();
        assert_eq!(Timestamp::parse(&iso), Some(Timestamp::from_ms(ms + 123)), "{iso}");
        let date = jiff::Timestamp::from_millisecond(ms).expect("in range").to_string();
        assert_eq!(iso.get(..10), date.get(..10));
        ms += DAY_MS;
    }
}

/// Every field over and beyond its range: accepted only where `jiff` accepts it, and then the same instant.
#[test]
fn agrees_with_jiff_on_every_field() {
    let mut texts = Vec::new();
    for year in [0, 1, 4, 100, 400, 1582, 1899, 1900, 1970, 2000, 2023, 2024, 9998] {
        for month in 0..=13 {
            for day in 0..=32 {
                texts.push(format!("{year:04}-{month:02}-{day:02}T12:30:45Z"));
            }
        }
    }
    for (hour, minute) in [(0, 0), (0, 59), (23, 0), (23, 59), (24, 0), (12, 60), (99, 99)] {
        for second in [0, 30, 59, 61, 99] {
            texts.push(format!("2024-06-30T{hour:02}:{minute:02}:{second:02}Z"));
        }
    }
    // jiff accepts offsets of 24 hours and some more.
    for (hour, minute) in [(0, 0), (0, 30), (5, 45), (14, 0), (23, 59), (12, 60), (99, 99)] {
        texts.push(format!("2024-06-30T12:00:00+{hour:02}:{minute:02}"));
        texts.push(format!("2024-06-30T12:00:00-{hour:02}:{minute:02}"));
    }
    for digits in ["0", "5", "05", "999", "9995", "123456", "000000001", "999999999"] {
        texts.push(format!("2024-06-30T12:00:00.{digits}Z"));
        texts.push(format!("1931-06-30T12:00:00.{digits}+01:00"));
    }
    for text in texts {
        assert_eq!(Timestamp::parse(&text).map(Timestamp::as_ms), jiff_ms(&text), "{text}");
    }
}

#[test]
fn writes_years_out_of_range_as_the_first_or_last() {
    for (ms, iso) in [
        (i64::MAX, "9999-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (i64::MIN, "0000-01-01T00:00:00.000Z"),
    ] {
        assert_eq!(Timestamp::from_ms(ms).to_iso(), iso, "{ms}");
    }
    assert_eq!(Timestamp::from_ms(i64::MAX).plus_seconds(1), Timestamp::from_ms(i64::MAX));
    assert_eq!(Timestamp::from_ms(0).plus_seconds(-300), Timestamp::from_ms(-300_000));
}

#[test]
fn a_timestamp_of_a_response_keeps_its_text() {
    let text = "\"2024-03-15T16:00:00+05:30\"";
    let timestamp: IsoTimestamp = json::from_str(text).expect("a timestamp");
    assert_eq!(timestamp.instant(), Timestamp::from_ms(1_710_498_600_000));
    assert_eq!(json::to_string(&timestamp), text);
}

#[test]
fn newtypes_break_their_own_rule_whatever_the_type_of_the_value() {
    fn rule_of<T: serde::de::DeserializeOwned>(text: &str) -> Option<Rule> {
        match json::from_str::<T>(text).err()?.kind {
            ErrorKind::Rule(rule) => Some(rule),
            other => panic!("{other:?}"),
        }
    }
    for wrong in ["7", "null", "[]", "{}", "true"] {
        assert_eq!(rule_of::<DocumentId>(wrong), Some(Rule::DocumentId), "{wrong}");
        assert_eq!(rule_of::<IsoTimestamp>(wrong), Some(Rule::Timestamp), "{wrong}");
        assert_eq!(rule_of::<CredentialStatus>(wrong), Some(Rule::String), "{wrong}");
        assert_eq!(rule_of::<Text>(wrong), Some(Rule::String), "{wrong}");
        assert_eq!(rule_of::<Personal>(wrong), Some(Rule::String), "{wrong}");
        assert_eq!(rule_of::<Success>(wrong), (wrong != "true").then_some(Rule::True), "{wrong}");
        assert_eq!(rule_of::<Metadata>(wrong), (wrong != "{}").then_some(Rule::Object), "{wrong}");
    }
    assert_eq!(rule_of::<DocumentId>("\"x\""), Some(Rule::DocumentId));
    assert_eq!(rule_of::<IsoTimestamp>("\"yesterday\""), Some(Rule::Timestamp));
    assert_eq!(rule_of::<CredentialStatus>("\" \""), Some(Rule::NotBlank));
    assert_eq!(rule_of::<Text>("\"\""), Some(Rule::NotBlank));
    assert_eq!(rule_of::<Success>("false"), Some(Rule::True));
}

#[test]
fn newtypes_are_written_as_their_strings() {
    let id = DocumentId::parse("j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx").expect("an id");
    assert_eq!(json::to_string(&id), "\"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx\"");
    assert_eq!(json::from_str(&json::to_string(&id)), Ok(id));
    assert_eq!("../x".parse::<GroupKey>(), Err(Rule::GroupKey));
}

#[test]
fn debug_output_hides_personal_data_and_secrets() {
    let personal: Personal = json::from_str("\"Zoë\"").expect("a string");
    let metadata: Metadata = json::from_str(r#"{"custom_name":"Zoë"}"#).expect("an object");
    let attributes =
        CustomAttributes::new([(CustomKey::parse("custom_name").expect("a key"), Value::String("Zoë".to_owned()))]);
    for shown in [
        format!("{personal:?}"),
        format!("{metadata:?}"),
        format!("{attributes:?}"),
        format!("{:?}", PersonName::parse("Zoë")),
        format!("{:?}", EmailAddress::parse("zoe@example.com")),
        format!("{:?}", Token::parse("hs_live_zoe")),
        format!("{:?}", HeaderValue::parse("zoe")),
    ] {
        assert!(shown.contains("[redacted]") && !shown.to_lowercase().contains("zo"), "{shown}");
    }
}

#[test]
fn open_enums_keep_unknown_strings_apart_from_known_ones() {
    for known in CredentialStatus::KNOWN {
        assert!(!matches!(CredentialStatus::from(*known), CredentialStatus::Other(_)), "{known}");
        assert_eq!(CredentialStatus::from(*known).as_str(), *known);
    }
    for unknown in ["", "Active", "active ", "аctive", "valid", "other", "active\0"] {
        assert_eq!(CredentialStatus::from(unknown), CredentialStatus::Other(unknown.to_owned()));
    }
    let text = "\"on hold\"";
    assert_eq!(json::to_string(&json::from_str::<CredentialStatus>(text).expect("a status")), text);
    assert_eq!(json::from_str::<Privacy>("\"\""), Ok(Privacy::Other(String::new())));
}

#[test]
fn joined_tags_become_a_list() {
    for (text, expected) in [
        (r#""apple,mango,orange""#, r#"["apple","mango","orange"]"#),
        (r#"" a , b,,\u0022c\u0022 ""#, r#"["a","b","\"c\""]"#),
        (r#""two words""#, r#"["two words"]"#),
        (r#"" , ""#, "[]"),
        (r#""""#, "[]"),
    ] {
        assert_eq!(json::to_string(&json::from_str::<Tags>(text).expect("tags")), expected, "{text}");
    }
}

#[test]
fn numbers_of_pages_and_years_are_positive() {
    assert_eq!(PageNumber::new(0), None);
    assert_eq!(PageNumber::new(1).map(PageNumber::get), Some(1));
    for years in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Years::new(years), None, "{years}");
    }
    assert_eq!(Years::new(0.5).map(|years| json::to_string(&years)).as_deref(), Some("0.5"));
    assert_eq!(Years::new(2.0).map(|years| json::to_string(&years)).as_deref(), Some("2"));
}
