//! Owns the API's operations as data: path, request, answer, and what may be repeated. Adding one is adding a row.
//!
//! Sources: the vendor pages named at each row (docs/api-facts.md lists what is documented and what is not).

use alloc::string::String;

use crate::credential_url::IdForm;
use crate::shape::{Cross, Kind, Object, Pattern, Rule, answer, nullable, optional, request, required};
use crate::text;

/// What a lost answer means for sending the request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Reads and overwrites: the second time does what the first did.
    Safe,
    /// Creates something: a second time may create a second one. Repeated only where the first was surely refused.
    Never,
}

pub(crate) struct Operation {
    /// As the facade calls it, and as it stands in errors and events.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// The path before and after the id; without an id the first part is the whole path.
    pub(crate) path: (&'static str, &'static str),
    /// Name and grammar of the id in the path.
    pub(crate) id: Option<(&'static str, Pattern)>,
    pub(crate) request: Option<&'static Object>,
    pub(crate) answer: Kind,
    pub(crate) repeat: Repeat,
    /// The code of a 404 that carries none.
    pub(crate) not_found: &'static str,
    /// The answer must name the id that was asked for.
    pub(crate) echoes_id: bool,
}

const DOCUMENT_ID: Pattern = Pattern { accepts: |id| IdForm::of(id).is_some(), rule: Rule::DocumentId };
const GROUP_KEY: Pattern = Pattern { accepts: is_group_key, rule: Rule::GroupKey };

/// The vendor shows 12 alphanumerics and, in one example, `unique_group_id_12345`; no grammar is documented.
fn is_group_key(key: &str) -> bool {
    (1..=64).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// "Alphanumeric, hyphens, and spaces only" (create-credential-group).
fn is_group_code(code: &str) -> bool {
    !code.trim().is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b' ')
}

/// Something before and after a single `@`. More is the mail server's business.
fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text::split(text, b'@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !text::has(domain, b'@'))
        && !text.chars().any(|found| found.is_whitespace() || found.is_control())
}

fn is_http_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !text.chars().any(|found| found.is_whitespace() || found.is_control())
}

const RECIPIENT: Object = answer(&[required("name", Kind::Text), required("email", Kind::Text)]);
const GROUP: Object =
    answer(&[required("title", Kind::Text), required("key", Kind::Text), required("code", Kind::Text)]);

/// The credential object of `view`, `generate` and `issue`. `privacy` is absent in the vendor's older documentation.
static CREDENTIAL: Object = answer(&[
    required("success", Kind::True),
    required("document_id", Kind::Pattern(DOCUMENT_ID)),
    required("document_url", Kind::Text),
    required("recipient", Kind::Object(&RECIPIENT)),
    required("group", Kind::Object(&GROUP)),
    required("issued_on", Kind::Time),
    nullable("valid_until", Kind::Time),
    required("metadata", Kind::Map { keys: None, values: &Kind::Any }),
    required("status", Kind::Filled),
    optional("privacy", Kind::Text),
]);

/// create-credential-group
pub(crate) static GROUPS_CREATE: Operation = Operation {
    name: "groups.create",
    method: "POST",
    path: ("/v1/groups/new", ""),
    id: None,
    request: Some(&request(
        &[
            required("title", Kind::Filled),
            required("description", Kind::Filled),
            optional("certificate_template", Kind::Filled),
            optional("badge_template", Kind::Filled),
            optional("url", Kind::Pattern(Pattern { accepts: is_http_url, rule: Rule::HttpUrl })),
            optional(
                "tags",
                Kind::List(&Kind::Pattern(Pattern { accepts: |tag| !text::has(tag, b','), rule: Rule::NoComma })),
            ),
            optional("group_code", Kind::Pattern(Pattern { accepts: is_group_code, rule: Rule::GroupCode })),
            optional("does_expire", Kind::Bool),
            optional("validity", Kind::Positive),
            optional("blockchain", Kind::Bool),
        ],
        &[
            Cross::AnyOf(&["certificate_template", "badge_template"]),
            Cross::NeededWith { field: "validity", when: "does_expire" },
        ],
    )),
    answer: Kind::Object(&answer(&[required("success", Kind::True), required("group_key", Kind::Filled)])),
    repeat: Repeat::Never,
    not_found: "not_found",
    echoes_id: false,
};

/// generate-credential
pub(crate) static CREDENTIALS_GENERATE: Operation = Operation {
    name: "credentials.generate",
    method: "POST",
    path: ("/v1/credentials/generate", ""),
    id: None,
    request: Some(&request(
        &[
            required(
                "recipient",
                Kind::Object(&request(
                    &[
                        required("name", Kind::Filled),
                        required("email", Kind::Pattern(Pattern { accepts: is_email, rule: Rule::Email })),
                    ],
                    &[],
                )),
            ),
            required("group_key", Kind::Pattern(GROUP_KEY)),
            optional(
                "custom_attributes",
                Kind::Map {
                    keys: Some(Pattern {
                        accepts: |key| key.strip_prefix("custom_").is_some_and(|rest| !rest.is_empty()),
                        rule: Rule::CustomKey,
                    }),
                    values: &Kind::Any,
                },
            ),
        ],
        &[],
    )),
    answer: Kind::Object(&CREDENTIAL),
    repeat: Repeat::Never,
    not_found: "group_not_found",
    echoes_id: false,
};

/// publish-credential. Publication is queued: the credential need not be `active` right after.
pub(crate) static CREDENTIALS_PUBLISH: Operation = Operation {
    name: "credentials.publish",
    method: "POST",
    path: ("/v1/credential/", "/publish"),
    id: Some(("document_id", DOCUMENT_ID)),
    request: None,
    answer: Kind::Object(&answer(&[required("success", Kind::True), required("message", Kind::Text)])),
    repeat: Repeat::Never,
    not_found: "credential_not_found",
    echoes_id: false,
};

/// view-credential
pub(crate) static CREDENTIALS_VIEW: Operation = Operation {
    name: "credentials.view",
    method: "GET",
    path: ("/v1/credential/", "/view"),
    id: Some(("document_id", DOCUMENT_ID)),
    request: None,
    answer: Kind::Object(&CREDENTIAL),
    repeat: Repeat::Safe,
    not_found: "credential_not_found",
    echoes_id: true,
};

static OPERATIONS: &[&Operation] = &[&GROUPS_CREATE, &CREDENTIALS_GENERATE, &CREDENTIALS_PUBLISH, &CREDENTIALS_VIEW];

/// The operation the facade names.
pub(crate) fn by_name(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().copied().find(|operation| operation.name == name)
}

impl Operation {
    /// The path with the id in it. The id has been checked against its grammar, so nothing needs escaping.
    pub(crate) fn path_for(&self, id: Option<&str>) -> String {
        [self.path.0, id.unwrap_or_default(), self.path.1].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::check;

    fn findings(operation: &Operation, body: &str) -> Vec<String> {
        check(body, &Kind::Object(operation.request.expect("has a body")))
            .expect("JSON")
            .into_iter()
            .map(|issue| format!("{} {}", issue.path, issue.rule.describe().0))
            .collect()
    }

    #[test]
    fn group_requests_are_judged_by_the_vendors_rules() {
        for (body, expected) in [
            (r#"{"title":"T","description":"D","badge_template":"b"}"#, vec![]),
            (r#"{"title":"T","description":"D","certificate_template":"c","does_expire":false}"#, vec![]),
            ("{}", vec!["title required", "description required", "certificate_template any_template"]),
            (
                r#"{"title":" ","description":"","badge_template":"b","does_expire":true}"#,
                vec!["title not_blank", "description not_blank", "validity needed_with_does_expire"],
            ),
            (
                r#"{"title":"T","description":"D","badge_template":"b","group_code":"A_1","validity":0,"tags":["a","b,c",3],"url":"ftp://x","blockchain":"yes","certificateTemplate":"x"}"#,
                vec![
                    "group_code group_code",
                    "validity positive",
                    "tags[1] no_comma",
                    "tags[2] no_comma",
                    "url http_url",
                    "blockchain boolean",
                    "certificateTemplate unknown_field",
                ],
            ),
            (r#"{"title":"T","description":"D","badge_template":null}"#, vec!["badge_template string"]),
        ] {
            assert_eq!(findings(&GROUPS_CREATE, body), expected, "{body}");
        }
    }

    #[test]
    fn credential_requests_are_judged_by_the_vendors_rules() {
        for (body, expected) in [
            (r#"{"recipient":{"name":"Zoë","email":"z@example.com"},"group_key":"GcI6H5b66a3v"}"#, vec![]),
            (
                r#"{"recipient":{"name":"Z","email":"z@example.com"},"group_key":"unique_group_id_12345","custom_attributes":{"custom_location":"Mars"}}"#,
                vec![],
            ),
            ("{}", vec!["recipient required", "group_key required"]),
            (
                r#"{"recipient":{"email":"nobody"},"group_key":"../x","custom_attributes":{"location":1,"custom_":2}}"#,
                vec![
                    "recipient.email email",
                    "recipient.name required",
                    "group_key group_key",
                    "custom_attributes.location custom_prefix",
                    "custom_attributes.custom_ custom_prefix",
                ],
            ),
            (r#"{"recipient":"Z","group_key":7}"#, vec!["recipient object", "group_key group_key"]),
        ] {
            assert_eq!(findings(&CREDENTIALS_GENERATE, body), expected, "{body}");
        }
    }

    #[test]
    fn addresses() {
        for good in ["a@b", "first.last+tag@sub.example.org", "ü@example.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "plain"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn every_operation_is_found_by_its_name_and_fits_the_bit_sets() {
        for operation in OPERATIONS {
            assert!(core::ptr::eq(by_name(operation.name).unwrap(), *operation));
            for shape in
                [operation.request, if let Kind::Object(shape) = operation.answer { Some(shape) } else { None }]
            {
                assert!(shape.is_none_or(|shape| shape.fields.len() <= 32), "{}", operation.name);
            }
        }
        assert!(by_name("credentials.destroy").is_none());
    }
}
