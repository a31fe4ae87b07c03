//! Owns finding out whether a lost creation was carried out: what to ask the account, and what its answer says.

use alloc::boxed::Box;

use crate::client::{Answer, Course};
use crate::json::Value;
use crate::json_writer::JsonWriter;
use crate::operations::{self, CREDENTIALS_SEARCH, CREDENTIALS_VIEW, Operation, Repeat};
use crate::text::Text;
use crate::timestamp::Timestamp;

/// How far the account's clock may be behind ours, in milliseconds. A credential made earlier than that before the call
/// is an older one of the same person, not the one that was lost.
const SKEW_MS: i64 = 300_000;

/// Pages that are searched for it. Addresses match in part, so others' credentials can stand before it.
const MAX_PAGES: u32 = 20;

/// A question to the account about a call whose answer was lost.
#[derive(Debug)]
pub(crate) struct Inquiry {
    /// The credential that was to be published; otherwise one was to be made.
    publishing: Option<Text>,
    email: Text,
    group_key: Text,
    begun_ms: i64,
    page: u32,
}

#[derive(Debug)]
pub(crate) enum Learnt {
    /// It was carried out; this is what its answer would have said.
    Done(Text),
    NotDone,
    NextPage,
    /// The account could not be asked, or holds too many that could be it.
    Unknown,
}

impl Inquiry {
    pub(crate) fn new(course: &Course, begun_ms: i64) -> Box<Self> {
        let body = Value::checked(course.body.unwrap_or_default());
        let text = |path: &str| body.get(path).string().unwrap_or_default();
        Box::new(Self {
            publishing: course.id.filter(|_| course.operation.repeat == Repeat::Publish),
            email: text("recipient.email"),
            group_key: text("group_key"),
            begun_ms,
            page: 1,
        })
    }

    /// The operation that asks, its id and its body.
    pub(crate) fn question(&self) -> (&'static Operation, Option<Text>, Option<Text>) {
        if self.publishing.is_some() {
            return (operations::named(CREDENTIALS_VIEW), self.publishing, None);
        }
        let mut writer = JsonWriter::default();
        writer.object(|json| {
            json.key("recipient").object(|json| json.text("email", self.email));
            json.text("group_key", self.group_key);
            json.number("page", i64::from(self.page));
        });
        (operations::named(CREDENTIALS_SEARCH), None, Some(writer.into_text()))
    }

    pub(crate) fn learn(&mut self, answer: &Answer<'_>) -> Learnt {
        let body = Value::checked(answer.text());
        if self.publishing.is_some() {
            // A draft reads as unpublished; `invalid_status` for it would be a contradiction.
            let status = body.get("status");
            let published = !status.is("unpublished") && !status.is("draft");
            let text = r#"{"success":true,"message":"Credential is published","reconciled":true}"#;
            return if published { Learnt::Done(text) } else { Learnt::Unknown };
        }
        let mut seen = false;
        for item in body.get("credentials").items() {
            seen = true;
            if self.is_ours(item) {
                return Learnt::Done(as_created(item));
            }
        }
        let number = |name: &str| body.get(name).integer().unwrap_or(0);
        let more = seen && number("page") * number("page_size") < number("total");
        if !more {
            Learnt::NotDone
        } else if self.page < MAX_PAGES {
            self.page += 1;
            Learnt::NextPage
        } else {
            Learnt::Unknown
        }
    }

    /// The search matches in part, so the match is made here, exactly.
    fn is_ours(&self, item: Value<'_>) -> bool {
        let made = item.get("issued_on").string().and_then(Timestamp::parse);
        item.get("recipient.email").is(self.email)
            && item.get("group.key").is(self.group_key)
            && made.is_some_and(|made| made.0 >= self.begun_ms - SKEW_MS)
    }
}

/// A credential of a list as `generate` and `issue` answer it, marked.
fn as_created(item: Value<'_>) -> Text {
    let mut writer = JsonWriter::default();
    writer.object(|json| {
        json.boolean("success", true);
        json.boolean("reconciled", true);
        for (key, value) in item.members() {
            if !key.is("success") && !key.is("reconciled") {
                json.raw(key.decode(), value.text());
            }
        }
    });
    writer.into_text()
}
