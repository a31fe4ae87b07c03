//! Owns finding out whether a lost creation was carried out: what to ask the account, and what its answer says.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;

use crate::client::{Answer, Course};
use crate::error::{Error, Failure};
use crate::json::Value;
use crate::json_writer::JsonWriter;
use crate::operations::{CREDENTIALS_SEARCH, CREDENTIALS_VIEW, Operation, Repeat};
use crate::timestamp::Timestamp;

/// How far the account's clock may be behind ours, in milliseconds. A credential made earlier than that before the call
/// is an older one of the same person, not the one that was lost.
const SKEW_MS: i64 = 300_000;

/// Pages that are searched for it. Addresses match in part, so others' credentials can stand before it.
const MAX_PAGES: u32 = 20;

/// A question to the account about a call whose answer was lost.
pub(crate) struct Inquiry<'a> {
    publishing: bool,
    id: Option<&'a str>,
    email: String,
    group_key: String,
    started_ms: i64,
    page: u32,
}

#[derive(Debug)]
pub(crate) enum Learnt {
    /// It was carried out; this is what its answer would have said.
    Done(String),
    NotDone,
    NextPage,
    /// The account could not be asked (then this says why), or holds too many that could be it.
    Unknown(Option<Box<Error>>),
    Aborted,
}

impl<'a> Inquiry<'a> {
    pub(crate) fn new(course: &Course<'a>) -> Self {
        let body = Value::checked(course.body.unwrap_or("{}"));
        let text = |value: Option<Value<'_>>| value.and_then(Value::string).unwrap_or_default().into_owned();
        Self {
            publishing: course.operation.repeat == Repeat::Publish,
            id: course.id,
            email: text(body.get("recipient").and_then(|recipient| recipient.get("email"))),
            group_key: text(body.get("group_key")),
            started_ms: course.begun_ms,
            page: 1,
        }
    }

    pub(crate) fn question(&self) -> (&'static Operation, Option<&'a str>) {
        if self.publishing { (&CREDENTIALS_VIEW, self.id) } else { (&CREDENTIALS_SEARCH, None) }
    }

    pub(crate) fn body(&self) -> Option<String> {
        (!self.publishing).then(|| {
            let mut writer = JsonWriter::default();
            writer.object(|json| {
                json.key("recipient").object(|json| json.key("email").string(&self.email));
                json.key("group_key").string(&self.group_key);
                json.key("page").number(i64::from(self.page));
            });
            writer.into_text()
        })
    }

    pub(crate) fn learn(&mut self, answer: Result<Answer, Failure>) -> Learnt {
        let answer = match answer {
            Ok(answer) => answer,
            Err(Failure::Aborted) => return Learnt::Aborted,
            Err(Failure::Error(error)) => return Learnt::Unknown(Some(error)),
        };
        let body = Value::checked(answer.text());
        if self.publishing {
            // A draft reads as unpublished; `invalid_status` for it would be a contradiction.
            let published = !body.has("status", "unpublished") && !body.has("status", "draft");
            let text = r#"{"success":true,"message":"Credential is published","reconciled":true}"#;
            return if published { Learnt::Done(text.to_owned()) } else { Learnt::Unknown(None) };
        }
        let items = body.get("credentials").map(Value::items).unwrap_or_default();
        let seen = items.len();
        if let Some(found) = items.into_iter().find(|item| self.is_ours(*item)) {
            return Learnt::Done(as_created(found));
        }
        let number = |name: &str| body.get(name).and_then(Value::integer).unwrap_or(0);
        let more = seen > 0 && number("page") * number("page_size") < number("total");
        if !more {
            Learnt::NotDone
        } else if self.page < MAX_PAGES {
            self.page += 1;
            Learnt::NextPage
        } else {
            Learnt::Unknown(None)
        }
    }

    /// The search matches in part, so the match is made here, exactly.
    fn is_ours(&self, item: Value<'_>) -> bool {
        let made = item.get("issued_on").and_then(Value::string).and_then(|text| Timestamp::parse(&text));
        item.get("recipient").is_some_and(|recipient| recipient.has("email", &self.email))
            && item.get("group").is_some_and(|group| group.has("key", &self.group_key))
            && made.is_some_and(|made| made.0 >= self.started_ms - SKEW_MS)
    }
}

/// A credential of a list as `generate` and `issue` answer it, marked.
fn as_created(item: Value<'_>) -> String {
    let mut writer = JsonWriter::default();
    writer.object(|json| {
        json.key("success").boolean(true);
        json.key("reconciled").boolean(true);
        item.members(|key, value| {
            if !key.is("success") && !key.is("reconciled") {
                json.key(&key.decode()).raw(value.text());
            }
        });
    });
    writer.into_text()
}
