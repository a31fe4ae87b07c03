//! Writes the lists in `tests/vectors` that other tests read, and the tables of codes in `docs/errors.md`.

use hyperstack_credentials::api::OPERATIONS;
use hyperstack_credentials::client::{Limits, constants};
use hyperstack_credentials::error::{CodeSource, ERROR_CODES, ErrorClass};
use hyperstack_credentials::model::IsoTimestamp;
use hyperstack_credentials::validate::Rule;
use hyperstack_credentials::verify::{
    CheckId, Code, FailureParams, Outcome, Params, Policy, Reason, State, Verdict, Withheld,
};
use serde_json::{Value, json};

use crate::{compare, is_update, read};

#[test]
fn operations_are_listed() {
    let operations = OPERATIONS.iter().map(|operation| {
        json!({
            "name": operation.name,
            "method": operation.method.as_str(),
            "retry": operation.retry.as_str(),
            "not_found_code": operation.not_found_code,
        })
    });
    compare_list("operations", &operations.collect());
}

#[test]
fn rules_are_listed() {
    let rules = Rule::ALL.iter().map(|rule| json!({ "name": rule.name(), "message": rule.message() }));
    compare_list("rules", &rules.collect());
}

#[test]
fn errors_are_listed() {
    let codes: Vec<Value> = ERROR_CODES
        .iter()
        .map(|known| {
            let classes: Vec<_> = known.classes.iter().map(|class| class.name()).collect();
            json!({ "code": known.code, "classes": classes, "retryable": known.retryable.as_str() })
        })
        .collect();
    let classes: Vec<_> = ErrorClass::ALL.iter().map(|class| class.name()).collect();
    compare_list("errors", &json!({ "classes": classes, "codes": codes }));
}

/// Names of limits and constants, as `docs/retries.md` explains them.
#[test]
fn limits_are_listed() {
    let limits = Limits::default();
    let temporary: Vec<u16> = (400..600).filter(|status| constants::is_temporary(*status)).collect();
    let list = json!({
        "timeout_ms": limits.timeout_ms,
        "total_timeout_ms": limits.total_timeout_ms,
        "max_retries": limits.max_retries,
        "max_response_bytes": limits.max_response_bytes,
        "first_backoff_ms": constants::FIRST_BACKOFF_MS,
        "longest_backoff_ms": constants::LONGEST_BACKOFF_MS,
        "longest_wait_ms": constants::LONGEST_WAIT_MS,
        "skew_ms": constants::SKEW_MS,
        "near_match_ms": constants::NEAR_MATCH_MS,
        "max_pages": constants::MAX_PAGES,
        "quota": constants::QUOTA,
        "retry_cost": constants::RETRY_COST,
        "min_refund": constants::MIN_REFUND,
        "temporary_statuses": temporary,
        "verify_skew_s": Policy::default().skew_s,
        "verify_max_age_s": Policy::default().max_age_s,
    });
    compare_list("limits", &list);
}

/// `tests/vectors/codes.json` keeps every public name that there ever was. Those of the JavaScript package are in it, too;
/// tests/node/codes.test.mjs checks those.
#[test]
fn no_public_name_is_missing_from_the_snapshot() {
    let path = "tests/vectors/codes.json";
    let mut snapshot: Value = serde_json::from_str(&read(path)).unwrap();
    for (kind, names) in public_names() {
        let kept = snapshot[kind].as_array_mut().unwrap();
        if !MIXED_KINDS.contains(&kind) {
            let removed: Vec<_> = kept.iter().filter(|name| !names.iter().any(|known| *name == known)).collect();
            assert!(removed.is_empty(), "{path}: {kind} are append-only, programs rely on these: {removed:?}");
        }
        let added: Vec<Value> = names.into_iter().map(Value::from).filter(|name| !kept.contains(name)).collect();
        assert!(is_update() || added.is_empty(), "{path} does not have these {kind} yet: {added:?}");
        kept.extend(added);
        if kind != "checks" {
            kept.sort_by_key(Value::to_string);
        }
    }
    compare(path, &pretty(&snapshot));
}

/// Kinds of names of which the JavaScript package has more.
const MIXED_KINDS: [&str; 2] = ["codes", "rules"];

/// The public names of the Rust library, by kind.
fn public_names() -> Vec<(&'static str, Vec<String>)> {
    let codes = ERROR_CODES
        .iter()
        .flat_map(|known| known.classes.iter().map(|class| format!("{} {}", known.code, class.name())));
    let rules = Rule::ALL.iter().map(|rule| rule.name().to_owned());
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    vec![
        ("codes", codes.collect()),
        ("rules", rules.collect()),
        ("reasons", owned(Reason::ALL.iter().map(|reason| reason.as_str()).collect())),
        ("verdicts", owned(Verdict::ALL.iter().map(|verdict| verdict.as_str()).collect())),
        ("outcomes", owned(Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect())),
        ("checks", owned(CheckId::ALL.iter().map(|id| id.as_str()).collect())),
        ("states", owned(State::ALL.iter().map(|state| state.as_str()).collect())),
        ("check_codes", check_codes()),
        ("params", params()),
        ("withheld", owned(Withheld::ALL.iter().map(|field| field.as_str()).collect())),
    ]
}

/// The codes of checks. Some are codes of links and reasons, too.
fn check_codes() -> Vec<String> {
    let mut codes: Vec<String> = Code::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    codes.sort();
    codes.dedup();
    codes
}

/// The names of the values for the texts of checks.
fn params() -> Vec<String> {
    let instant = IsoTimestamp::parse("2026-01-01T00:00:00Z").unwrap();
    let failure = FailureParams {
        path: Some(String::new()),
        rule: Some(Rule::Required),
        http_status: Some(200),
        cause: Some(String::new()),
    };
    let each = [
        Params::None {},
        Params::ValidUntil { valid_until: instant.clone() },
        Params::IssuedOn { issued_on: instant },
        Params::Age { age_s: 0 },
        Params::Failure(failure),
    ];
    let objects = each.iter().map(|params| serde_json::to_value(params).unwrap());
    objects.flat_map(|object| object.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).collect()
}

/// The tables of `docs/errors.md`, between comments that name what they list.
#[test]
fn the_documented_tables_are_those_of_rust() {
    let path = "docs/errors.md";
    let mut page = read(path);
    for source in CodeSource::ALL {
        page = replace_table(&page, &format!("{source:?}").to_lowercase(), &table(*source));
    }
    compare(path, &page);
}

#[test]
fn documented_reasons_say_whether_to_retry() {
    let page = read("docs/errors.md");
    let (_, section) =
        page.split_once("\n## Reasons of an indeterminate verification\n").expect("a section of reasons");
    for reason in Reason::ALL {
        let begin = format!("| `{}` |", reason.as_str());
        let row = section.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("no row for {begin}"));
        let is_retryable = row.split(" | ").nth(2) == Some("yes");
        assert_eq!(is_retryable, reason.is_retryable(), "{row}");
    }
}

fn table(source: CodeSource) -> String {
    let rows = ERROR_CODES.iter().filter(|known| known.source == source).map(|known| {
        let classes: Vec<_> = known.classes.iter().map(|class| format!("`{}`", class.name())).collect();
        let (code, classes, retryable) = (known.code, classes.join(", "), known.retryable.as_str());
        format!("| `{code}` | {classes} | {} | {retryable} | {} |\n", known.meaning, known.hint)
    });
    "| code | class | meaning | retryable | what to do |\n|---|---|---|---|---|\n".to_owned()
        + &rows.collect::<String>()
}

/// Replaces what is between `<!-- codes: name -->` and `<!-- end -->`.
fn replace_table(page: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- codes: {name} -->\n");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("docs/errors.md has no {begin}"));
    let (_, after) = rest.split_once("<!-- end -->").expect("a table ends");
    [before, &begin, "\n", table, "\n<!-- end -->", after].concat()
}

fn compare_list(name: &str, list: &Value) {
    compare(&format!("tests/vectors/{name}.json"), &pretty(list));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}
