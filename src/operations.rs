//! Owns the API's operations as data: path, request, answer, and what may be repeated. Adding one is adding a row.
//!
//! Sources: the vendor pages named at each row (docs/api-facts.md lists what is documented and what is not).

use crate::credential_url::IdForm;
use crate::shape::{Cross, Kind, Object, Pattern, Rule, answer, nullable, optional, request, required};
use crate::text;
use crate::timestamp::Timestamp;

/// What a lost answer means for sending the request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Reads and overwrites: the second time does what the first did.
    Safe,
    /// `publish`: the second time is refused with `invalid_status` if the first was done, which `view` can tell.
    Publish,
    /// Makes a credential, which can be looked for. Repeated only where it is not found.
    Reconcile,
    /// Makes something that cannot be looked for safely. Repeated only where the first was surely refused.
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
    /// A field that comes as one string joined by commas and is given back as a list.
    pub(crate) lists: Option<&'static str>,
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

/// `YYYY/MM/DD`, a day that exists (search-credentials).
fn is_date(text: &str) -> bool {
    let mut parts = text::parts(text, b'/');
    let mut part = || parts.next().unwrap_or_default();
    let date = text::join(&[part(), "-", part(), "-", part(), "T00:00:00Z"]);
    text.len() == 10 && Timestamp::parse(date).is_some()
}

fn is_http_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty()) && !text.chars().any(|found| found.is_whitespace() || found.is_control())
}

const RECIPIENT: Object = answer(&[required("name", Kind::Text), required("email", Kind::Text)]);
const GROUP: Object =
    answer(&[required("title", Kind::Text), required("key", Kind::Text), required("code", Kind::Text)]);

/// The fields of a credential. `privacy` is absent in the vendor's older documentation.
macro_rules! credential {
    ($($more:expr),*) => {
        answer(&[
            $($more,)*
            required("document_id", Kind::Pattern(DOCUMENT_ID)),
            required("document_url", Kind::Text),
            required("recipient", Kind::Object(&RECIPIENT)),
            required("group", Kind::Object(&GROUP)),
            required("issued_on", Kind::Time),
            nullable("valid_until", Kind::Time),
            required("metadata", Kind::Map { keys: None, values: &Kind::Any }),
            required("status", Kind::Filled),
            optional("privacy", Kind::Text),
        ])
    };
}

/// As `view`, `generate` and `issue` answer it.
static CREDENTIAL: Object = credential!(required("success", Kind::True));
/// As it stands in a list.
const LISTED_CREDENTIAL: Object = credential!();

static SUCCESS: Object = answer(&[required("success", Kind::True)]);
static SUCCESS_AND_MESSAGE: Object = answer(&[required("success", Kind::True), required("message", Kind::Text)]);
static CREDENTIALS_PAGE: Object = answer(&[
    required("success", Kind::True),
    required("total", Kind::Count),
    required("page", Kind::Count),
    required("page_size", Kind::Count),
    required("credentials", Kind::List(&Kind::Object(&LISTED_CREDENTIAL))),
]);
static GROUPS_PAGE: Object = answer(&[
    required("success", Kind::True),
    required("total", Kind::Count),
    required("page", Kind::Count),
    required("page_size", Kind::Count),
    required(
        "groups",
        Kind::List(&Kind::Object(&answer(&[
            required("title", Kind::Text),
            required("group_key", Kind::Filled),
            required("group_code", Kind::Text),
            required("last_modified", Kind::Time),
            required("created_at", Kind::Time),
        ]))),
    ),
]);
/// Nothing of this answer is documented; only that there are pages of groups was ever said, and not by the vendor.
static UNKNOWN_GROUPS_PAGE: Object = answer(&[
    required("success", Kind::True),
    optional("total", Kind::Count),
    optional("page", Kind::Count),
    optional("page_size", Kind::Count),
    required("groups", Kind::List(&Kind::Map { keys: None, values: &Kind::Any })),
]);

const CUSTOM_ATTRIBUTES: Kind = Kind::Map {
    keys: Some(Pattern {
        accepts: |key| key.strip_prefix("custom_").is_some_and(|rest| !rest.is_empty()),
        rule: Rule::CustomKey,
    }),
    values: &Kind::Any,
};
const EMAIL: Kind = Kind::Pattern(Pattern { accepts: is_email, rule: Rule::Email });
const HTTP_URL: Kind = Kind::Pattern(Pattern { accepts: is_http_url, rule: Rule::HttpUrl });
const DATE: Kind = Kind::Pattern(Pattern { accepts: is_date, rule: Rule::Date });

/// The ten fields of a group; what `title` and `description` are differs between making and changing one.
macro_rules! group_request {
    ($needed:ident, $cross:expr) => {
        request(
            &[
                $needed("title", Kind::Filled),
                $needed("description", Kind::Filled),
                optional("certificate_template", Kind::Filled),
                optional("badge_template", Kind::Filled),
                optional("url", HTTP_URL),
                optional(
                    "tags",
                    Kind::List(&Kind::Pattern(Pattern { accepts: |tag| !text::has(tag, b','), rule: Rule::NoComma })),
                ),
                optional("group_code", Kind::Pattern(Pattern { accepts: is_group_code, rule: Rule::GroupCode })),
                optional("does_expire", Kind::Bool),
                optional("validity", Kind::Positive),
                optional("blockchain", Kind::Bool),
            ],
            $cross,
        )
    };
}
const ANY_TEMPLATE: Cross = Cross::AnyOf(&["certificate_template", "badge_template"]);
const VALIDITY: Cross = Cross::NeededWith { field: "validity", when: "does_expire" };

static NEW_CREDENTIAL: Object = request(
    &[
        required("recipient", Kind::Object(&request(&[required("name", Kind::Filled), required("email", EMAIL)], &[]))),
        required("group_key", Kind::Pattern(GROUP_KEY)),
        optional("custom_attributes", CUSTOM_ATTRIBUTES),
    ],
    &[],
);
static PAGED: Object = request(&[optional("page", Kind::Ordinal), optional("page_size", Kind::Ordinal)], &[]);

/// A row that most operations differ from in a few fields.
const READ: Operation = Operation {
    name: "",
    method: "POST",
    path: ("", ""),
    id: None,
    request: None,
    answer: Kind::Any,
    repeat: Repeat::Safe,
    not_found: "not_found",
    echoes_id: false,
    lists: None,
};

/// auth
static ACCOUNT_GET: Operation = Operation {
    name: "account.get",
    path: ("/v1/auth", ""),
    answer: Kind::Object(&answer(&[
        required("success", Kind::True),
        required("message", Kind::Text),
        required("account_name", Kind::Text),
        required("account_id", Kind::Text),
    ])),
    ..READ
};

/// create-credential-group
pub(crate) static GROUPS_CREATE: Operation = Operation {
    name: "groups.create",
    path: ("/v1/groups/new", ""),
    request: Some(&group_request!(required, &[ANY_TEMPLATE, VALIDITY])),
    answer: Kind::Object(&answer(&[required("success", Kind::True), required("group_key", Kind::Filled)])),
    repeat: Repeat::Never,
    ..READ
};

/// view-credential-group. Tags come as one string joined by commas and are given back as a list.
pub(crate) static GROUPS_VIEW: Operation = Operation {
    name: "groups.view",
    method: "GET",
    path: ("/v1/group/view/", ""),
    id: Some(("group_key", GROUP_KEY)),
    answer: Kind::Object(&answer(&[
        required("success", Kind::True),
        required("title", Kind::Text),
        required("description", Kind::Text),
        required("tags", Kind::Text),
        required("group_code", Kind::Text),
        optional("url", Kind::Any),
        required("does_expire", Kind::Bool),
        optional("validity", Kind::Any),
    ])),
    not_found: "group_not_found",
    lists: Some("tags"),
    ..READ
};

/// update-credential-group. Only what is given changes.
pub(crate) static GROUPS_UPDATE: Operation = Operation {
    name: "groups.update",
    path: ("/v1/group/update/", ""),
    id: Some(("group_key", GROUP_KEY)),
    request: Some(&group_request!(optional, &[VALIDITY])),
    answer: Kind::Object(&SUCCESS),
    not_found: "group_not_found",
    ..READ
};

/// No vendor page was seen: a third party's catalogue only.
static GROUPS_LIST: Operation = Operation {
    name: "groups.list",
    path: ("/v1/groups/all", ""),
    request: Some(&PAGED),
    answer: Kind::Object(&UNKNOWN_GROUPS_PAGE),
    ..READ
};

/// search-groups
pub(crate) static GROUPS_SEARCH: Operation = Operation {
    name: "groups.search",
    path: ("/v1/groups/search", ""),
    request: Some(&request(
        &[
            optional("keyword", Kind::Filled),
            optional("title", Kind::Filled),
            optional("strict", Kind::Bool),
            optional("page", Kind::Ordinal),
            optional("page_size", Kind::Ordinal),
        ],
        &[],
    )),
    answer: Kind::Object(&GROUPS_PAGE),
    ..READ
};

/// generate-credential
pub(crate) static CREDENTIALS_GENERATE: Operation = Operation {
    name: "credentials.generate",
    path: ("/v1/credentials/generate", ""),
    request: Some(&NEW_CREDENTIAL),
    answer: Kind::Object(&CREDENTIAL),
    repeat: Repeat::Reconcile,
    not_found: "group_not_found",
    ..READ
};

/// create-credential: made and published at once; the recipient is mailed unless the group says otherwise.
pub(crate) static CREDENTIALS_ISSUE: Operation = Operation {
    name: "credentials.issue",
    path: ("/v1/credentials/new", ""),
    request: Some(&NEW_CREDENTIAL),
    answer: Kind::Object(&CREDENTIAL),
    repeat: Repeat::Reconcile,
    not_found: "group_not_found",
    ..READ
};

/// publish-credential. Publication is queued: the credential need not be `active` right after.
pub(crate) static CREDENTIALS_PUBLISH: Operation = Operation {
    name: "credentials.publish",
    path: ("/v1/credential/", "/publish"),
    id: Some(("document_id", DOCUMENT_ID)),
    answer: Kind::Object(&SUCCESS_AND_MESSAGE),
    repeat: Repeat::Publish,
    not_found: "credential_not_found",
    ..READ
};

/// view-credential
pub(crate) static CREDENTIALS_VIEW: Operation = Operation {
    name: "credentials.view",
    method: "GET",
    path: ("/v1/credential/", "/view"),
    id: Some(("document_id", DOCUMENT_ID)),
    answer: Kind::Object(&CREDENTIAL),
    not_found: "credential_not_found",
    echoes_id: true,
    ..READ
};

/// update-credential. A missing `expiry` would erase it, so it has to be said: seconds since 1970, or `null`.
pub(crate) static CREDENTIALS_UPDATE: Operation = Operation {
    name: "credentials.update",
    path: ("/v1/credential/", "/update"),
    id: Some(("document_id", DOCUMENT_ID)),
    request: Some(&request(&[nullable("expiry", Kind::Count)], &[])),
    answer: Kind::Object(&SUCCESS),
    not_found: "credential_not_found",
    ..READ
};

/// list-credentials
pub(crate) static CREDENTIALS_LIST: Operation = Operation {
    name: "credentials.list",
    path: ("/v1/credentials/all", ""),
    request: Some(&PAGED),
    answer: Kind::Object(&CREDENTIALS_PAGE),
    ..READ
};

/// search-credentials. Names, addresses and keys match partially: a hit is no proof of equality.
pub(crate) static CREDENTIALS_SEARCH: Operation = Operation {
    name: "credentials.search",
    path: ("/v1/credentials/search", ""),
    request: Some(&request(
        &[
            optional(
                "recipient",
                Kind::Object(&request(&[optional("name", Kind::Filled), optional("email", Kind::Filled)], &[])),
            ),
            optional("group_key", Kind::Filled),
            optional("credential_key", Kind::Filled),
            optional("custom_attributes", CUSTOM_ATTRIBUTES),
            optional("start_date", DATE),
            optional("end_date", DATE),
            optional("page", Kind::Ordinal),
            optional("page_size", Kind::Ordinal),
        ],
        &[Cross::NeededBeside { field: "start_date", beside: "end_date" }],
    )),
    answer: Kind::Object(&CREDENTIALS_PAGE),
    ..READ
};

/// update-recipient. An unknown recipient is answered with 200 and `success: false`.
pub(crate) static RECIPIENTS_UPDATE: Operation = Operation {
    name: "recipients.update",
    path: ("/v1/recipients/update", ""),
    request: Some(&request(&[required("email", EMAIL), optional("custom_attributes", CUSTOM_ATTRIBUTES)], &[])),
    answer: Kind::Object(&SUCCESS_AND_MESSAGE),
    not_found: "recipient_not_found",
    ..READ
};

/// webhook-subscribe. One subscription an organisation: the next call replaces it.
pub(crate) static WEBHOOKS_SUBSCRIBE: Operation = Operation {
    name: "webhooks.subscribe",
    path: ("/v1/webhook/subscribe", ""),
    request: Some(&request(&[required("url", HTTP_URL), required("events", Kind::Some(&Kind::Filled))], &[])),
    answer: Kind::Object(&SUCCESS_AND_MESSAGE),
    ..READ
};

/// No vendor page was seen: a third party's catalogue only.
static WEBHOOKS_UNSUBSCRIBE: Operation = Operation {
    name: "webhooks.unsubscribe",
    path: ("/v1/webhook/unsubscribe", ""),
    answer: Kind::Object(&SUCCESS),
    ..READ
};

static OPERATIONS: &[&Operation] = &[
    &ACCOUNT_GET,
    &GROUPS_CREATE,
    &GROUPS_VIEW,
    &GROUPS_UPDATE,
    &GROUPS_LIST,
    &GROUPS_SEARCH,
    &CREDENTIALS_GENERATE,
    &CREDENTIALS_ISSUE,
    &CREDENTIALS_PUBLISH,
    &CREDENTIALS_VIEW,
    &CREDENTIALS_UPDATE,
    &CREDENTIALS_LIST,
    &CREDENTIALS_SEARCH,
    &RECIPIENTS_UPDATE,
    &WEBHOOKS_SUBSCRIBE,
    &WEBHOOKS_UNSUBSCRIBE,
];

/// The operation the facade names.
pub(crate) fn by_name(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().copied().find(|operation| operation.name == name)
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
    fn the_other_requests_are_judged_by_the_vendors_rules() {
        for (operation, body, expected) in [
            (&CREDENTIALS_UPDATE, r#"{"expiry":1893456000}"#, vec![]),
            (&CREDENTIALS_UPDATE, r#"{"expiry":null}"#, vec![]),
            (&CREDENTIALS_UPDATE, "{}", vec!["expiry required"]),
            (&CREDENTIALS_UPDATE, r#"{"expiry":"2030-01-01"}"#, vec!["expiry count"]),
            (&CREDENTIALS_UPDATE, r#"{"expiry":1.5}"#, vec!["expiry count"]),
            (&GROUPS_UPDATE, r#"{"title":"T"}"#, vec![]),
            (&GROUPS_UPDATE, r#"{"does_expire":true}"#, vec!["validity needed_with_does_expire"]),
            (&GROUPS_SEARCH, r#"{"keyword":"cloud","strict":true,"page":1,"page_size":10}"#, vec![]),
            (&GROUPS_SEARCH, r#"{"page":0,"page_size":1.5}"#, vec!["page ordinal", "page_size ordinal"]),
            (&CREDENTIALS_LIST, "{}", vec![]),
            (
                &CREDENTIALS_SEARCH,
                r#"{"recipient":{"email":"@example"},"start_date":"2024/02/29","end_date":"2024/12/31"}"#,
                vec![],
            ),
            (
                &CREDENTIALS_SEARCH,
                r#"{"recipient":{"mail":"x"},"end_date":"2023/02/29"}"#,
                vec!["recipient.mail unknown_field", "end_date date", "start_date needed_beside"],
            ),
            (
                &CREDENTIALS_SEARCH,
                r#"{"start_date":"2024-01-01","custom_attributes":{"x":1}}"#,
                vec!["start_date date", "custom_attributes.x custom_prefix"],
            ),
            (&RECIPIENTS_UPDATE, r#"{"email":"a@b.example","custom_attributes":{"custom_x":"y"}}"#, vec![]),
            (&RECIPIENTS_UPDATE, r#"{"name":"A"}"#, vec!["name unknown_field", "email required"]),
            (&WEBHOOKS_SUBSCRIBE, r#"{"url":"https://a.example/x","events":["credential.issued"]}"#, vec![]),
            (&WEBHOOKS_SUBSCRIBE, r#"{"url":"a.example","events":[]}"#, vec!["url http_url", "events not_empty"]),
            (&CREDENTIALS_ISSUE, "{}", vec!["recipient required", "group_key required"]),
        ] {
            assert_eq!(findings(operation, body), expected, "{} {body}", operation.name);
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
