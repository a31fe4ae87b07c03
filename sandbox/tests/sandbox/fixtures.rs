//! Reads the documentation's examples.

use serde_json::Value;

/// The credential of the examples.
pub(crate) const EXAMPLE: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
/// Its group.
pub(crate) const GROUP: &str = "GcI6H5b66a3v";

/// The operations with documented examples.
const OPERATIONS: [&str; 14] = [
    "authenticate",
    "create_group",
    "generate_credential",
    "issue_credential",
    "list_credentials",
    "publish_credential",
    "search_credentials",
    "search_groups",
    "update_credential",
    "update_group",
    "update_recipient",
    "view_credential",
    "view_group",
    "webhook_subscribe",
];

/// All examples of the current documentation; those of its older generation have other forms.
pub(crate) fn fixtures() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/fixtures.json");
    let text = std::fs::read_to_string(path).unwrap();
    let mut fixtures: Vec<Value> = serde_json::from_str(&text).unwrap();
    fixtures.retain(|fixture| {
        let older = fixture["source"].as_str().unwrap().ends_with("(older docs generation)");
        !older && OPERATIONS.contains(&fixture["endpoint"].as_str().unwrap())
    });
    fixtures
}

/// The documented answer of success.
pub(crate) fn success(endpoint: &str) -> Value {
    let fixture = fixtures()
        .into_iter()
        .find(|fixture| fixture["endpoint"] == endpoint && fixture["response_body"]["success"] == true)
        .unwrap();
    fixture["response_body"].clone()
}

/// The same, byte for byte, without white space.
pub(crate) fn documented_success(endpoint: &str) -> String {
    success(endpoint).to_string()
}

pub(crate) fn documented_request(endpoint: &str) -> Value {
    fixtures()
        .into_iter()
        .find(|fixture| fixture["endpoint"] == endpoint && !fixture["request_body"].is_null())
        .unwrap()["request_body"]
        .clone()
}
