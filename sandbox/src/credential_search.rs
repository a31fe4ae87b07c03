//! Parses the filters of a credential search. [`crate::store`] orders the results, [`crate::paging`] splits them into
//! pages.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::{
    account::Account, body::RequestObject, clock, credentials::custom_attributes, documented::Refusal,
    store::Credential, undocumented::Undocumented,
};

/// The filters of a search. That all of them have to match is not documented, only likely.
pub(crate) struct Search {
    recipient_name: Option<String>,
    recipient_email: Option<String>,
    group_key: Option<String>,
    credential_key: Option<String>,
    custom_attributes: Map<String, Value>,
    /// The first day, and the last if there is one.
    issued: Option<(Date, Option<Date>)>,
}

impl Search {
    /// No refusal of a search is documented. A filter that cannot be understood is refused here,
    /// because leaving it out would find too much; blank texts do not filter, but are no days.
    pub(crate) fn asked(body: &RequestObject) -> Result<Self, Refusal> {
        let recipient = body.object("recipient")?;
        let issued = match (day(body, "start_date")?, day(body, "end_date")?) {
            (None, None) => None,
            (Some(first), last) => Some((first, last)),
            (None, Some(_)) => return Err(Undocumented::broken_rule("start_date is required with end_date")),
        };
        Ok(Self {
            recipient_name: recipient.optional_text("name")?,
            recipient_email: recipient.optional_text("email")?,
            group_key: body.optional_text("group_key")?,
            credential_key: body.optional_text("credential_key")?,
            custom_attributes: custom_attributes(body.get("custom_attributes"))?,
            issued,
        })
    }

    /// Not documented: what "partial" means and how attributes are compared. Here a part may be
    /// anywhere in the whole, regardless of case in names and e-mail addresses and exactly in
    /// keys, which have both cases, unless the account says otherwise; attributes must be equal.
    pub(crate) fn finds(&self, credential: &Credential, account: Account) -> bool {
        let is_searched = |part: Option<&String>, whole: &str| {
            is_part(part.map(|part| account.searchable(part)).as_ref(), &account.searchable(whole))
        };
        let group_key = self.group_key.as_ref().map(|key| account.searchable_key(key));
        is_searched(self.recipient_name.as_ref(), &credential.recipient_name)
            && is_searched(self.recipient_email.as_ref(), &credential.recipient_email)
            && is_part(group_key.as_ref(), &account.searchable_key(&credential.group_key))
            && is_part(self.credential_key.as_ref(), &credential.document_id)
            && self.custom_attributes.iter().all(|(name, value)| credential.metadata.get(name) == Some(value))
            && self.issued.is_none_or(|(first, last)| {
                let day = credential.issued_on.at().map(clock::day_of);
                day.is_some_and(|day| first <= day && last.is_none_or(|last| day <= last))
            })
    }
}

fn is_part(part: Option<&String>, whole: &str) -> bool {
    part.is_none_or(|part| whole.contains(part.as_str()))
}

fn day(body: &RequestObject, name: &str) -> Result<Option<Date>, Refusal> {
    let no_day = || Undocumented::broken_rule(format!("{name} must be a date in the form YYYY/MM/DD"));
    body.get(name).map(|value| value.as_str().and_then(clock::day).ok_or_else(no_day)).transpose()
}
