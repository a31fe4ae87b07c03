//! Writes the lists in `tests/vectors` that other tests read, and the tables of codes in `docs/errors.md`.

use hyperstack_credentials::api::OPERATIONS;
use hyperstack_credentials::error::{CodeSource, ERROR_CODES, ErrorClass};
use hyperstack_credentials::validate::Rule;
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
    compare_list("operations", operations.collect());
}

#[test]
fn rules_are_listed() {
    let rules = Rule::ALL.iter().map(|rule| json!({ "name": rule.name(), "message": rule.message() }));
    compare_list("rules", rules.collect());
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
    compare_list("errors", json!({ "classes": classes, "codes": codes }));
}

/// `tests/vectors/codes.json` keeps every public name that there ever was. Those of the JavaScript package are in it, too;
/// tests/node/codes.test.mjs checks those.
#[test]
fn no_public_name_is_missing_from_the_snapshot() {
    let path = "tests/vectors/codes.json";
    let mut snapshot: Value = serde_json::from_str(&read(path)).unwrap();
    for (kind, names) in public_names() {
        let kept = snapshot[kind].as_array_mut().unwrap();
        let added: Vec<Value> = names.into_iter().map(Value::from).filter(|name| !kept.contains(name)).collect();
        assert!(is_update() || added.is_empty(), "{path} does not have these {kind} yet: {added:?}");
        kept.extend(added);
        if kind != "checks" {
            kept.sort_by_key(Value::to_string);
        }
    }
    compare(path, &pretty(&snapshot));
}

/// The public names of the Rust library, by kind.
fn public_names() -> Vec<(&'static str, Vec<String>)> {
    let codes = ERROR_CODES
        .iter()
        .flat_map(|known| known.classes.iter().map(|class| format!("{} {}", known.code, class.name())));
    let rules = Rule::ALL.iter().map(|rule| rule.name().to_owned());
    vec![("codes", codes.collect()), ("rules", rules.collect())]
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

fn compare_list(name: &str, list: Value) {
    compare(&format!("tests/vectors/{name}.json"), &pretty(&list));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}
