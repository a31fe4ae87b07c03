//! Owns the API's operations as data: path, request, answer, and what may be repeated. Adding one is adding a row.
//!
//! Sources: the vendor pages named at each row (docs/api-facts.md lists what is documented and what is not).

use alloc::boxed::Box;

use crate::shape;
use crate::shape::Rule;
use crate::text;

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
    pub(crate) id: Option<(&'static str, Rule)>,
    /// The shape of the body, where there is one.
    pub(crate) request: Option<&'static str>,
    /// The shape of the answer.
    pub(crate) answer: &'static str,
    pub(crate) repeat: Repeat,
    /// The code of a 404 that carries none.
    pub(crate) not_found: &'static str,
    /// The answer must name the id that was asked for.
    pub(crate) echoes_id: bool,
    /// A field that comes as one string joined by commas and is given back as a list.
    pub(crate) lists: Option<&'static str>,
}

/// The fields of a credential. `privacy` is absent in the vendor's older documentation.
macro_rules! credential {
    ($($first:tt)*) => {
        shape!({
            $($first)*
            document_id: document_id,
            document_url: text,
            recipient: { name: text, email: text },
            group: { title: text, key: text, code: text },
            issued_on: time,
            valid_until= time,
            metadata: {},
            status: filled,
            privacy? text,
        })
    };
}

/// As `generate`, `issue` and `view` answer it.
macro_rules! one_credential {
    () => {
        credential!(success: true,)
    };
}

macro_rules! credentials_page {
    () => {
        shape!({ success: true, total: count, page: count, page_size: count, credentials: [(credential!())] })
    };
}

macro_rules! success_and_message {
    () => {
        shape!({ success: true, message: text })
    };
}

/// The ten fields of a group; what `title`, `description` and a template are differs between making and changing one.
macro_rules! group_request {
    ($needed:tt $template:tt) => {
        shape!({!
            title $needed filled,
            description $needed filled,
            certificate_template $template filled,
            badge_template? filled,
            url? http_url,
            tags? [no_comma],
            group_code? group_code,
            does_expire? boolean,
            validity< positive,
            blockchain? boolean,
        })
    };
}

macro_rules! new_credential {
    () => {
        shape!({!
            recipient: {! name: filled, email: email },
            group_key: group_key,
            custom_attributes? { [custom_key]: any },
        })
    };
}

macro_rules! paged {
    () => {
        shape!({! page? ordinal, page_size? ordinal })
    };
}

/// A row of the table: name, method, path, what a lost answer means, the code of a 404 that carries none, the shapes of
/// request and answer, and what is special about the answer (`echo`: it must name the id that was asked for; else a field that
/// comes as one string joined by commas and is given back as a list). Columns hold no space.
macro_rules! row {
    (
        $name:literal $method:ident $path:literal $repeat:ident $not_found:ident
        $request:tt => $answer:tt $($special:ident)?
    ) => {
        concat!(
            $name, " ", stringify!($method), " ", $path, " ", stringify!($repeat), " ", stringify!($not_found), " ",
            shape!($request), " ", shape!($answer), " ", $(stringify!($special),)? "\n"
        )
    };
}

/// A line each. Rows are looked for from the top, so those that are called most stand first.
const OPERATIONS: &str = concat!(
    // view-credential
    row! {
        "credentials.view" GET "/v1/credential/{document_id}/view" Safe credential_not_found
        ("") => (one_credential!()) echo
    },
    // list-credentials
    row! {
        "credentials.list" POST "/v1/credentials/all" Safe not_found
        (paged!()) => (credentials_page!())
    },
    // generate-credential
    row! {
        "credentials.generate" POST "/v1/credentials/generate" Reconcile group_not_found
        (new_credential!()) => (one_credential!())
    },
    // create-credential: made and published at once; the recipient is mailed unless the group says otherwise.
    row! {
        "credentials.issue" POST "/v1/credentials/new" Reconcile group_not_found
        (new_credential!()) => (one_credential!())
    },
    // publish-credential. Publication is queued: the credential need not be `active` right after.
    row! {
        "credentials.publish" POST "/v1/credential/{document_id}/publish" Publish credential_not_found
        ("") => (success_and_message!())
    },
    // update-credential. A missing `expiry` would erase it, so it has to be said: seconds since 1970, or `null`.
    row! {
        "credentials.update" POST "/v1/credential/{document_id}/update" Safe credential_not_found
        {! expiry= count } => { success: true }
    },
    // search-credentials. Names, addresses and keys match partially: a hit is no proof of equality.
    row! {
        "credentials.search" POST "/v1/credentials/search" Safe not_found
        {!
            recipient? {! name? filled, email? filled },
            group_key? filled,
            credential_key? filled,
            custom_attributes? { [custom_key]: any },
            start_date> date,
            end_date? date,
            page? ordinal,
            page_size? ordinal,
        } => (credentials_page!())
    },
    // auth
    row! {
        "account.get" POST "/v1/auth" Safe not_found
        ("") => { success: true, message: text, account_name: text, account_id: text }
    },
    // create-credential-group
    row! {
        "groups.create" POST "/v1/groups/new" Never not_found
        (group_request!(: ;)) => { success: true, group_key: filled }
    },
    // view-credential-group. Tags come as one string joined by commas and are given back as a list.
    row! {
        "groups.view" GET "/v1/group/view/{group_key}" Safe group_not_found
        ("") => {
            success: true,
            title: text,
            description: text,
            tags: text,
            group_code: text,
            url? any,
            does_expire: boolean,
            validity? any,
        } tags
    },
    // update-credential-group. Only what is given changes.
    row! {
        "groups.update" POST "/v1/group/update/{group_key}" Safe group_not_found
        (group_request!(? ?)) => { success: true }
    },
    // No vendor page was seen: a third party's catalogue only. Nothing of this answer is documented; only that there are
    // pages of groups was ever said, and not by the vendor.
    row! {
        "groups.list" POST "/v1/groups/all" Safe not_found
        (paged!()) => { success: true, total? count, page? count, page_size? count, groups: [{}] }
    },
    // search-groups
    row! {
        "groups.search" POST "/v1/groups/search" Safe not_found
        {! keyword? filled, title? filled, strict? boolean, page? ordinal, page_size? ordinal } => {
            success: true,
            total: count,
            page: count,
            page_size: count,
            groups: [{
                title: text,
                group_key: filled,
                group_code: text,
                last_modified: time,
                created_at: time,
            }],
        }
    },
    // update-recipient. An unknown recipient is answered with 200 and `success: false`.
    row! {
        "recipients.update" POST "/v1/recipients/update" Safe recipient_not_found
        {! email: email, custom_attributes? { [custom_key]: any } } => (success_and_message!())
    },
    // webhook-subscribe. One subscription an organisation: the next call replaces it.
    row! {
        "webhooks.subscribe" POST "/v1/webhook/subscribe" Safe not_found
        {! url: http_url, events: [filled; 1] } => (success_and_message!())
    },
    // No vendor page was seen: a third party's catalogue only.
    row! {
        "webhooks.unsubscribe" POST "/v1/webhook/unsubscribe" Safe not_found
        ("") => { success: true }
    },
);

pub(crate) const CREDENTIALS_VIEW: &str = "credentials.view";
pub(crate) const CREDENTIALS_SEARCH: &str = "credentials.search";

/// The operation of this name, which the facade gives or this crate; one without a name where there is none.
pub(crate) fn named(name: &str) -> &'static Operation {
    let row = text::parts(OPERATIONS, b'\n').find(|row| text::before(row, b' ') == name);
    Operation::read(row.unwrap_or_default())
}

impl Operation {
    /// Reads a row of the table.
    fn read(row: &'static str) -> &'static Self {
        let mut columns = text::parts(row, b' ');
        let mut column = || columns.next().unwrap_or_default();
        let (name, method, whole, repeat, not_found) = (column(), column(), column(), column(), column());
        let (request, answer, special) = (column(), column(), column());
        let (before, rest) = text::split(whole, b'{').unwrap_or((whole, ""));
        let id = text::split(rest, b'}');
        Box::leak(Box::new(Self {
            name,
            method,
            path: (before, id.map_or("", |(_, behind)| behind)),
            id: id.map(|(id, _)| (id, if id == "group_key" { Rule::GroupKey } else { Rule::DocumentId })),
            request: (!request.is_empty()).then_some(request),
            answer,
            repeat: match repeat.as_bytes().first() {
                Some(b'S') => Repeat::Safe,
                Some(b'P') => Repeat::Publish,
                Some(b'R') => Repeat::Reconcile,
                _ => Repeat::Never,
            },
            not_found,
            echoes_id: special == "echo",
            lists: Some(special).filter(|special| *special == "tags"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{self, check};

    fn findings(operation: &Operation, body: &str) -> Vec<String> {
        check(body, operation.request.expect("has a body"))
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
            assert_eq!(findings(named("groups.create"), body), expected, "{body}");
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
            assert_eq!(findings(named("credentials.generate"), body), expected, "{body}");
        }
    }

    #[test]
    fn the_other_requests_are_judged_by_the_vendors_rules() {
        for (operation, body, expected) in [
            (named("credentials.update"), r#"{"expiry":1893456000}"#, vec![]),
            (named("credentials.update"), r#"{"expiry":null}"#, vec![]),
            (named("credentials.update"), "{}", vec!["expiry required"]),
            (named("credentials.update"), r#"{"expiry":"2030-01-01"}"#, vec!["expiry count"]),
            (named("credentials.update"), r#"{"expiry":1.5}"#, vec!["expiry count"]),
            (named("groups.update"), r#"{"title":"T"}"#, vec![]),
            (named("groups.update"), r#"{"does_expire":true}"#, vec!["validity needed_with_does_expire"]),
            (named("groups.search"), r#"{"keyword":"cloud","strict":true,"page":1,"page_size":10}"#, vec![]),
            (named("groups.search"), r#"{"page":0,"page_size":1.5}"#, vec!["page ordinal", "page_size ordinal"]),
            (named("credentials.list"), "{}", vec![]),
            (
                named("credentials.search"),
                r#"{"recipient":{"email":"@example"},"start_date":"2024/02/29","end_date":"2024/12/31"}"#,
                vec![],
            ),
            (
                named("credentials.search"),
                r#"{"recipient":{"mail":"x"},"end_date":"2023/02/29"}"#,
                vec!["recipient.mail unknown_field", "end_date date", "start_date needed_beside"],
            ),
            (
                named("credentials.search"),
                r#"{"start_date":"2024-01-01","custom_attributes":{"x":1}}"#,
                vec!["start_date date", "custom_attributes.x custom_prefix"],
            ),
            (named("recipients.update"), r#"{"email":"a@b.example","custom_attributes":{"custom_x":"y"}}"#, vec![]),
            (named("recipients.update"), r#"{"name":"A"}"#, vec!["name unknown_field", "email required"]),
            (named("webhooks.subscribe"), r#"{"url":"https://a.example/x","events":["credential.issued"]}"#, vec![]),
            (
                named("webhooks.subscribe"),
                r#"{"url":"a.example","events":[]}"#,
                vec!["url http_url", "events not_empty"],
            ),
            (named("credentials.issue"), "{}", vec!["recipient required", "group_key required"]),
        ] {
            assert_eq!(findings(operation, body), expected, "{} {body}", operation.name);
        }
    }

    #[test]
    fn every_operation_is_found_by_its_name_only() {
        let rows: Vec<&str> = OPERATIONS.lines().collect();
        assert_eq!(rows.len(), 16);
        for row in rows {
            let name = row.split(' ').next().unwrap();
            let operation = named(name);
            assert_eq!(operation.name, name);
            assert_eq!(row.split(' ').count(), 8, "{name}");
            assert!(["GET", "POST"].contains(&operation.method), "{name}");
            assert!(operation.path.0.starts_with("/v1/") && !operation.path.0.contains('}'), "{name}");
            assert_eq!(operation.id.is_some(), row.contains("/{"), "{name}");
            if let Some((id, rule)) = operation.id {
                assert_eq!(rule.describe().0, id, "{name}");
                assert!(operation.path.0.ends_with('/'), "{name}");
            }
            assert_eq!(format!("{:?}", operation.repeat), row.split(' ').nth(3).unwrap(), "{name}");
            assert!(operation.not_found.ends_with("not_found"), "{name}");
            assert!(["", "echo", "tags"].contains(&row.split(' ').nth(7).unwrap()), "{name}");
            assert_eq!(operation.echoes_id, name == "credentials.view");
            assert_eq!(operation.lists, (name == "groups.view").then_some("tags"));
        }
        for name in [CREDENTIALS_VIEW, CREDENTIALS_SEARCH] {
            assert_eq!(named(name).name, name);
        }
        for name in ["", " ", "credentials.destroy", "credentials.vie", "credentials.view GET", "\n"] {
            assert_eq!(named(name).name, "", "{name}");
        }
    }

    #[test]
    fn every_shape_can_be_read_as_a_whole() {
        for row in OPERATIONS.lines() {
            let operation = named(row.split(' ').next().unwrap());
            for shape in [operation.request, Some(operation.answer)].into_iter().flatten() {
                rules::assert_readable(shape);
            }
        }
    }
}
