//! Tests of reading: grammar, errors and their paths, numbers and strings.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::reader::MAX_DEPTH;
use super::*;
use crate::validate::Rule;

#[test]
fn accepts_json() {
    for text in [
        "null",
        " true ",
        "false",
        "0",
        "-0",
        "12.50",
        "1e5",
        "1E-5",
        "-1.5e+3",
        "\"\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1,[2,{}],\"\\u00e9\\n\\/\"]",
        "{\"a\":{\"b\":[null]}}",
        "{ \"a\" : 1 , \"b\" : [ 1 , 2 ] }",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"twelve plain bytes and more \u{1F600} \u{7f}\"",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
        assert!(from_str::<Value>(text).is_ok(), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_ok() || text.contains("ud800"), "{text}");
    }
}

#[test]
fn names_the_syntax_error_of_other_text() {
    use SyntaxError::{DuplicateKey, TooDeep, Truncated, Unexpected};
    for (text, error) in [
        ("", Truncated),
        ("  ", Truncated),
        ("{", Truncated),
        ("{\"a\"", Truncated),
        ("{\"a\":", Truncated),
        ("{\"a\":1", Truncated),
        ("[1,", Truncated),
        ("\"abc", Truncated),
        ("\"abc\\u12", Truncated),
        ("tru", Truncated),
        ("-", Truncated),
        ("1.", Truncated),
        ("1e", Truncated),
        ("[1,]", Unexpected),
        ("[,1]", Unexpected),
        ("[1 2]", Unexpected),
        ("[1}", Unexpected),
        ("{\"a\":1,}", Unexpected),
        ("{,}", Unexpected),
        ("{a:1}", Unexpected),
        ("{1:1}", Unexpected),
        ("{\"a\" 1}", Unexpected),
        ("{\"a\":1]", Unexpected),
        ("{\"a\":1 \"b\":2}", Unexpected),
        ("01", Unexpected),
        ("+1", Unexpected),
        (".5", Unexpected),
        ("1.e5", Unexpected),
        ("nul1", Unexpected),
        ("NaN", Unexpected),
        ("'a'", Unexpected),
        ("\"\t\"", Unexpected),
        ("\"12345678\n\"", Unexpected),
        ("\"\\x\"", Unexpected),
        ("\"\\u12g4\"", Unexpected),
        ("1 2", Unexpected),
        ("\u{FEFF}1", Unexpected),
        ("1\u{A0}", Unexpected),
        ("<html>", Unexpected),
        ("{\"a\":1,\"b\":2,\"a\":3}", DuplicateKey),
        ("[{\"x\":{\"a\":1,\"\\u0061\":3}}]", DuplicateKey),
        ("{\"\\ud800\":1,\"\\udbff\":3}", DuplicateKey),
        (&"[".repeat(MAX_DEPTH + 1), TooDeep),
        (&"{\"a\":".repeat(100_000), TooDeep),
    ] {
        assert_eq!(check(text), Err(error), "{text:.100}");
        assert_eq!(from_str::<Value>(text), Err(error.into()), "{text:.100}");
    }
}

#[test]
fn text_cut_anywhere_is_truncated() {
    let text = "{\"a\":[1.5,true,null,\"x\\u00e9\\n\"],\"b\":{\"c\":-1e2}}";
    for end in 0..text.len() {
        assert_eq!(check(&text[..end]), Err(SyntaxError::Truncated), "{}", &text[..end]);
    }
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    for (depth, expected) in [(MAX_DEPTH, Ok(())), (MAX_DEPTH + 1, Err(SyntaxError::TooDeep))] {
        assert_eq!(check(&nested(depth)), expected);
        assert_eq!(from_str::<Value>(&nested(depth)).map(drop), expected.map_err(Error::from));
    }
    // Siblings are not nested.
    assert_eq!(check(&["[", &["[[]]"; 100].join(","), "]"].concat()), Ok(()));
}

#[test]
fn syntax_errors_have_public_names() {
    for (error, name) in [
        (SyntaxError::Truncated, "truncated"),
        (SyntaxError::Unexpected, "json_syntax"),
        (SyntaxError::Encoding, "utf8"),
        (SyntaxError::TooDeep, "too_deep"),
        (SyntaxError::DuplicateKey, "duplicate_key"),
    ] {
        assert_eq!(error.name(), name);
    }
}

#[test]
fn bytes_are_utf8_after_one_byte_order_mark() {
    assert_eq!(decode(b"\xEF\xBB\xBF{}"), Ok("{}"));
    assert_eq!(decode(b"\xEF\xBB\xBF\xEF\xBB\xBF{}"), Ok("\u{FEFF}{}"));
    assert_eq!(decode(b"\"\xff\""), Err(SyntaxError::Encoding));
    assert_eq!(from_slice::<Value>(b"\xEF\xBB\xBF1"), from_str("1"));
    assert_eq!(from_slice::<Value>(b"\xEF\xBB\xBF\xEF\xBB\xBF1"), Err(SyntaxError::Unexpected.into()));
    assert_eq!(from_slice::<Value>(b"\"\xff\""), Err(SyntaxError::Encoding.into()));
}

/// A key that is in an object twice, wherever the object is and however many others there are.
#[test]
fn duplicate_keys_are_found_at_any_depth_and_in_any_number() {
    for others in [0, 1, 14, 15, 16, 100, 10_000] {
        let others: Vec<String> = (0..others).map(|key| format!("\"{key}\":{{\"x\":1}},")).collect();
        let others = others.concat();
        for (outer, inner) in [("{", "}"), ("[1,{\"a\":2,\"c\":{", "},\"b\":3}]")] {
            let text = |second: &str| format!("{outer}\"x\":1,{others}\"{second}\":2{inner}");
            for (second, expected) in
                [("y", Ok(())), ("x", Err(SyntaxError::DuplicateKey)), ("\\u0078", Err(SyntaxError::DuplicateKey))]
            {
                assert_eq!(check(&text(second)), expected, "{second} after {others:.50}");
                assert_eq!(from_str::<Value>(&text(second)).map(drop), expected.map_err(Error::from));
            }
        }
    }
}

/// Comparing each with each would take hours.
#[test]
fn a_million_keys_are_compared_in_time() {
    let body: Vec<String> = (0..1_000_000).map(|key| format!("\"{key}\":0")).collect();
    assert_eq!(check(&format!("{{{}}}", body.join(","))), Ok(()));
}

#[test]
fn plain_bytes_are_skipped_eight_at_a_time_without_missing_one() {
    for stop in ["\"", "\\n\"", "\\\"\"", "\u{1}", "\u{1f}\"", "\u{7f}\"", " !#[]\"", ""] {
        for length in 0..40 {
            for filler in ["a", "\u{e9}", " !", "\u{10FFFF}"] {
                let text = format!("\"{}{stop}", filler.repeat(length));
                let expected = serde_json::from_str::<String>(&text);
                assert_eq!(from_str::<String>(&text).ok(), expected.ok(), "{text}");
            }
        }
    }
}

#[test]
fn escapes_are_replaced() {
    for text in [
        r#""a\"b\\c\/d\b\f\n\r\t""#,
        r#""\u0041\u00e9\u20AC\ud83d\ude00!""#,
        r#""x\ud83d\ude00\uD83D\uDE01é漢😀""#,
        r#""\u0000""#,
    ] {
        assert_eq!(from_str::<String>(text).unwrap(), serde_json::from_str::<String>(text).unwrap(), "{text}");
    }
}

/// `JSON.parse` accepts them, and a name that was cut in the middle of an emoji must not cost a whole page.
#[test]
fn halves_of_surrogate_pairs_become_replacement_characters() {
    for (text, expected) in [
        (r#""a\ud83db\udc00\ud800""#, "a\u{fffd}b\u{fffd}\u{fffd}"),
        (r#""\ud83d\ud83d\ude00""#, "\u{fffd}\u{1F600}"),
        (r#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
        (r#""\ud83d\n""#, "\u{fffd}\n"),
    ] {
        assert_eq!(from_str::<String>(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn strings_are_borrowed_where_they_have_no_escapes() {
    assert_eq!(from_str::<&str>("\"plain é\""), Ok("plain é"));
    assert!(from_str::<&str>("\"\\n\"").is_err());
}

#[test]
fn counts_are_whole_numbers_that_a_double_holds() {
    for (text, expected) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("7", Some(7)),
        ("3.00", Some(3)),
        ("9007199254740991", Some(9_007_199_254_740_991)),
        ("-7", None),
        ("3.5", None),
        ("1e2", None),
        ("1.0e2", None),
        ("9007199254740992", None),
        ("99999999999999999999", None),
        ("\"7\"", None),
        ("null", None),
        ("[7]", None),
    ] {
        let expected = expected.ok_or(Error { path: String::new(), kind: ErrorKind::Rule(Rule::Count) });
        assert_eq!(from_str::<u64>(text), expected, "{text}");
    }
    assert_eq!(from_str::<i64>("-7"), Ok(-7));
    assert_eq!(from_str::<u8>("255"), Ok(255));
    assert_eq!(from_str::<u8>("256").map_err(|error| error.kind), Err(ErrorKind::Other("u8".to_owned())));
}

#[test]
fn numbers_of_values_are_doubles() {
    for text in
        ["0", "1", "-1", "0.1", "1e3", "-2.5E-3", "9007199254740993", "123456789012345678901", "5e-324", "1e-400"]
    {
        let expected = Number::new(text.parse().unwrap()).map(Value::Number);
        assert_eq!(from_str::<Value>(text).ok(), expected, "{text}");
    }
    let Ok(Value::Number(zero)) = from_str("-0") else { panic!("not a number") };
    assert!(zero.as_f64().is_sign_negative());
    // As `JSON.stringify` writes the Infinity that `JSON.parse` makes of it.
    assert_eq!(from_str::<Value>("1e400"), Ok(Value::Null));
}

#[test]
fn numbers_are_written_as_json_stringify_writes_them() {
    for (number, text) in [(0.0, "0"), (-0.0, "0"), (7.0, "7"), (-7.0, "-7"), (0.5, "0.5"), (-2.5e-9, "-2.5e-9")] {
        assert_eq!(to_string(&Number::new(number).unwrap()), text);
    }
    for number in [9_007_199_254_740_991.0, 9_007_199_254_740_992.0, -1e300, f64::MAX, f64::MIN_POSITIVE] {
        let text = to_string(&Number::new(number).unwrap());
        assert_eq!(from_str::<Value>(&text), Ok(Value::Number(Number::new(number).unwrap())), "{text}");
    }
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Number::new(number), None);
    }
}

#[test]
fn counts_of_numbers_are_whole_and_exact() {
    for (number, count) in [
        (0.0, Some(0)),
        (-0.0, Some(0)),
        (100.0, Some(100)),
        (9_007_199_254_740_991.0, Some(9_007_199_254_740_991)),
        (9_007_199_254_740_992.0, None),
        (1e300, None),
        (-1.0, None),
        (-1e300, None),
        (0.5, None),
    ] {
        assert_eq!(Number::new(number).unwrap().as_count(), count, "{number}");
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Person {
    name: String,
    #[serde(default)]
    age: u64,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    friend: Option<Box<Person>>,
    #[serde(default)]
    attributes: BTreeMap<String, bool>,
    #[serde(default)]
    level: Level,
    #[serde(default)]
    exact: Option<Exact>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Tag(String);

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    #[default]
    Low,
    High,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exact {
    x: f64,
}

#[test]
fn broken_rules_name_their_path() {
    for (text, path, rule) in [
        ("[]", "", Rule::Object),
        ("{}", "name", Rule::Required),
        (r#"{"name":null}"#, "name", Rule::String),
        (r#"{"name":"A","age":-1}"#, "age", Rule::Count),
        (r#"{"name":"A","age":"1"}"#, "age", Rule::Count),
        (r#"{"name":"A","tags":{}}"#, "tags", Rule::Array),
        (r#"{"name":"A","tags":["a","b",3]}"#, "tags[2]", Rule::String),
        (r#"{"name":"A","friend":{"name":"B","tags":[true]}}"#, "friend.tags[0]", Rule::String),
        (r#"{"name":"A","friend":{"name":"B","friend":{}}}"#, "friend.friend.name", Rule::Required),
        (r#"{"name":"A","friend":7}"#, "friend", Rule::Object),
        (r#"{"name":"A","attributes":{"a.b":true,"c":1}}"#, "attributes.c", Rule::Boolean),
        (r#"{"name":"A","attributes":{"zoe@example.com":1}}"#, "attributes.(key)", Rule::Boolean),
        (r#"{"name":"A","attributes":{"\u0061":1}}"#, "attributes.a", Rule::Boolean),
        (r#"{"name":"A","level":"medium"}"#, "level", Rule::OneOf),
        (r#"{"name":"A","level":2}"#, "level", Rule::OneOf),
        (r#"{"name":"A","exact":{"x":1,"y":2}}"#, "exact.y", Rule::UnknownField),
        (r#"{"name":"A","exact":{"x":"1"}}"#, "exact.x", Rule::Number),
    ] {
        let expected = Error { path: path.to_owned(), kind: ErrorKind::Rule(rule) };
        assert_eq!(from_str::<Person>(text), Err(expected), "{text}");
    }
    assert_eq!(from_str::<Vec<Vec<bool>>>("[[],[true,0]]").unwrap_err().path, "[1][1]");
    assert_eq!(from_str::<Vec<Exact>>("[{}]").unwrap_err().path, "[0].x");
}

#[test]
fn reads_structs_in_any_order_and_ignores_unknown_members() {
    let text = r#" { "later" : [ { } , { "a" : [ 1 ] } ] , "\u0061ge" : 3 , "level":"high","name" : "Zo\u00eb" , "friend" : null,
        "tags":["x"], "exact":{"x":-0.5}, "attributes":{"b":true,"a":false}} "#;
    let expected = Person {
        name: "Zoë".to_owned(),
        age: 3,
        tags: vec![Tag("x".to_owned())],
        friend: None,
        attributes: BTreeMap::from([("a".to_owned(), false), ("b".to_owned(), true)]),
        level: Level::High,
        exact: Some(Exact { x: -0.5 }),
    };
    assert_eq!(from_str::<Person>(text), Ok(expected));
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: f64, id: u64 },
    Square(Square),
    Nothing,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Square {
    side: i64,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Either {
    Count(u64),
    Text(String),
}

#[test]
fn reads_tagged_and_untagged_enums_and_flattened_structs() {
    for (text, expected) in [
        (r#"{"kind":"circle","radius":1.5,"id":7}"#, Shape::Circle { radius: 1.5, id: 7 }),
        (r#"{"id":7,"radius":2,"kind":"circle"}"#, Shape::Circle { radius: 2.0, id: 7 }),
        (r#"{"kind":"nothing"}"#, Shape::Nothing),
        (
            r#"{"side":-1,"kind":"square","x":null}"#,
            Shape::Square(Square { side: -1, rest: BTreeMap::from([("x".to_owned(), Value::Null)]) }),
        ),
    ] {
        assert_eq!(from_str::<Shape>(text), Ok(expected), "{text}");
    }
    assert_eq!(from_str::<Shape>("{}").unwrap_err().to_string(), "kind: required");
    assert_eq!(from_str::<Shape>(r#"{"kind":"line"}"#).unwrap_err().kind, ErrorKind::Rule(Rule::OneOf));
    assert_eq!(from_str::<[Either; 2]>("[1,\"a\"]"), Ok([Either::Count(1), Either::Text("a".to_owned())]));
}

#[test]
fn syntax_errors_take_precedence_over_broken_rules() {
    for (text, error) in [
        (r#"{"name":7,"age":nul}"#, SyntaxError::Unexpected),
        (r#"{"name":7,"age":1"#, SyntaxError::Truncated),
        (r#"{"name":7} x"#, SyntaxError::Unexpected),
        (r#"{"name":7,"x":{"y":1,"y":2}}"#, SyntaxError::DuplicateKey),
        (r#"{"name":"A","name":"B"}"#, SyntaxError::DuplicateKey),
        (r#"{"name":"A","n\u0061me":"B"}"#, SyntaxError::DuplicateKey),
        (r#"{"name":"A","x":1,"x":2}"#, SyntaxError::DuplicateKey),
        (r#"{"name":"A","x":{"y":[{"z":1,"z":1}]}}"#, SyntaxError::DuplicateKey),
        (r#"{"name":"A","attributes":{"a":true,"a":true}}"#, SyntaxError::DuplicateKey),
        ("[", SyntaxError::Truncated),
        ("[1,2]]", SyntaxError::Unexpected),
    ] {
        assert_eq!(from_str::<Person>(text), Err(error.into()), "{text}");
    }
}

#[test]
fn messages_of_other_types_are_kept() {
    let error = from_str::<Vec<char>>(r#"["a","bc"]"#).unwrap_err();
    assert_eq!(error, Error { path: "[1]".to_owned(), kind: ErrorKind::Other("a character".to_owned()) });
    assert_eq!(error.to_string(), "[1]: a character");
    let error = from_str::<[bool; 2]>("[true]").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Other("an array of length 2".to_owned()));
}

#[test]
fn a_visitor_that_stops_early_does_not_hide_the_rest() {
    assert_eq!(from_str::<(bool, bool)>("[true,false,1,[2]]"), Ok((true, false)));
    assert_eq!(from_str::<(bool, bool)>("[true,false,1,]"), Err(SyntaxError::Unexpected.into()));
}

#[test]
fn writes_as_serde_json_does() {
    #[derive(serde::Serialize)]
    struct Unit;
    #[derive(serde::Serialize)]
    struct Pair(i8, char);
    #[derive(serde::Serialize)]
    enum Variant {
        Unit,
        Newtype(Option<u8>),
        Tuple(i64, bool),
        Struct { empty: Vec<u8>, nested: Vec<Vec<u32>> },
    }
    #[derive(serde::Serialize)]
    struct Everything<'a> {
        text: &'a str,
        numbers: (u64, i64, f64),
        unit: Unit,
        pair: Pair,
        variants: [Variant; 4],
        map: std::collections::BTreeMap<&'a str, Option<&'a str>>,
        nothing: (),
    }
    let ascii: String = (0..=0x7f_u8).map(char::from).collect();
    let everything = Everything {
        text: &[&ascii, "é\u{2028}\u{10348}[{:,"].concat(),
        numbers: (u64::MAX, i64::MIN, 0.5),
        unit: Unit,
        pair: Pair(-1, '"'),
        variants: [
            Variant::Unit,
            Variant::Newtype(None),
            Variant::Tuple(-1, true),
            Variant::Struct { empty: vec![], nested: vec![vec![], vec![1, 2]] },
        ],
        map: [("", None), ("a[", Some("{")), ("b\n", Some(""))].into(),
        nothing: (),
    };
    assert_eq!(to_string(&everything), serde_json::to_string(&everything).unwrap());
}
