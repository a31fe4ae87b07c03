//! Stores the organisation's groups, credentials, recipients, webhook and balance, and writes a credential as it is at
//! a given time. Each resource's module validates requests.

use std::{cmp::Reverse, collections::HashMap};

use indexmap::IndexMap;
use jiff::Timestamp;
use rand::distr::{Alphanumeric, SampleString as _};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{account::Account, clock, seed::Seed};

/// A credential group. Its answers never show templates and settings, the control API does.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Group {
    #[serde(rename = "group_key")]
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) certificate_template: Option<String>,
    pub(crate) badge_template: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) tags: Vec<String>,
    #[serde(rename = "group_code")]
    pub(crate) code: String,
    pub(crate) does_expire: bool,
    /// Years. Kept also while `does_expire` is off, but without effect then.
    pub(crate) validity: Option<i16>,
    pub(crate) blockchain: bool,
    /// The dashboard's setting behind `credential_exists`; the API cannot change it.
    pub(crate) allow_duplicates: bool,
    #[serde(skip)]
    pub(crate) created_at: Timestamp,
    #[serde(skip)]
    pub(crate) last_modified: Timestamp,
}

impl Group {
    pub(crate) fn new(key: &str, title: &str, description: &str, code: &str, now: Timestamp) -> Self {
        Self {
            key: key.to_owned(),
            title: title.to_owned(),
            description: description.to_owned(),
            certificate_template: None,
            badge_template: None,
            url: None,
            tags: Vec::new(),
            code: code.to_owned(),
            does_expire: false,
            validity: None,
            blockchain: false,
            allow_duplicates: false,
            created_at: now,
            last_modified: now,
        }
    }

    /// A group with nothing but a name and a code.
    pub(crate) fn named(key: &str, title: &str, code: &str, now: Timestamp) -> Self {
        let certificate_template = Some("sandbox-certificate".to_owned());
        Self { certificate_template, ..Self::new(key, title, title, code, now) }
    }

    /// The answer to viewing, in the documented order of its keys.
    ///
    /// Not documented: what a group without an external page answers for `url`. It is `null`.
    pub(crate) fn view_answer(&self) -> Value {
        let mut answer = json!({
            "success": true,
            "title": self.title,
            "description": self.description,
            "tags": self.tags.join(","),
            "group_code": self.code,
            "url": self.url,
            "does_expire": self.does_expire,
        });
        if let (true, Some(validity), Value::Object(fields)) = (self.does_expire, self.validity, &mut answer) {
            fields.insert("validity".to_owned(), validity.into());
        }
        answer
    }

    /// The group as lists hold it, in the documented order of its keys.
    fn item(&self) -> Value {
        json!({
            "title": self.title,
            "group_key": self.key,
            "group_code": self.code,
            "last_modified": clock::text_to_milliseconds(self.last_modified),
            "created_at": clock::text_to_milliseconds(self.created_at),
        })
    }

    /// When a credential of this group issued at that time ends.
    fn end_of(&self, issued: Timestamp) -> Option<Timestamp> {
        let years = self.validity.filter(|_| self.does_expire)?;
        Some(clock::years_later(issued, years))
    }
}

/// A date as answered, and as understood.
///
/// The control API may set texts that are no date at all; those are answered as they are.
#[derive(Clone, Debug)]
pub(crate) struct Stamp {
    answer: Value,
    at: Option<Timestamp>,
}

impl Stamp {
    pub(crate) fn at(&self) -> Option<Timestamp> {
        self.at
    }

    pub(crate) fn never() -> Self {
        Self::as_given(Value::Null)
    }

    pub(crate) fn as_given(answer: Value) -> Self {
        let at = answer.as_str().and_then(|text| text.parse().ok());
        Self { answer, at }
    }

    /// Returns the time of issue as the account writes it. The exact time still decides the order of lists.
    fn of_issue(at: Timestamp, account: Account) -> Self {
        Self { answer: Value::String(account.write_issued_on(at)), at: Some(at) }
    }
}

impl From<Timestamp> for Stamp {
    fn from(at: Timestamp) -> Self {
        Self { answer: Value::String(clock::text(at)), at: Some(at) }
    }
}

/// Where a credential stands between drafting and the end of its life.
#[derive(Clone, Debug)]
pub(crate) enum Lifecycle {
    Draft,
    /// Publication is documented as queued, so it may take effect later than its answer.
    Queued {
        due: Timestamp,
    },
    Published,
    /// Set by the control API and answered as it is, whatever the dates say.
    Fixed(String),
}

/// What the control API makes a credential answer beside the truth.
///
/// In an `Option<Value>` here, JSON `null` stands for a key left out of the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disguise {
    pub(crate) document_id: Option<Value>,
    pub(crate) success: Option<Value>,
    pub(crate) group_title: Option<String>,
    pub(crate) extra: Map<String, Value>,
    /// Every operation on this credential answers this status.
    pub(crate) always_status: Option<u16>,
}

#[derive(Clone, Debug)]
pub(crate) struct Credential {
    pub(crate) document_id: String,
    pub(crate) document_url: String,
    pub(crate) recipient_name: String,
    pub(crate) recipient_email: String,
    pub(crate) group_key: String,
    pub(crate) issued_on: Stamp,
    pub(crate) valid_until: Stamp,
    pub(crate) metadata: Value,
    pub(crate) lifecycle: Lifecycle,
    /// `None` leaves the key out, as in the older generation of the documentation.
    pub(crate) privacy: Option<String>,
    pub(crate) disguise: Disguise,
}

/// What a credential is made from.
pub(crate) struct Order<'a> {
    pub(crate) recipient_name: &'a str,
    pub(crate) recipient_email: &'a str,
    pub(crate) custom_attributes: Map<String, Value>,
}

impl Credential {
    /// A draft, or a credential that is published at once.
    pub(crate) fn new(order: Order<'_>, group: &Group, lifecycle: Lifecycle, now: Timestamp, account: Account) -> Self {
        let document_id = random_alphanumerics(32);
        Self {
            document_url: public_url(&document_id),
            document_id,
            recipient_name: order.recipient_name.to_owned(),
            recipient_email: account.stored_email(order.recipient_email),
            group_key: group.key.clone(),
            issued_on: Stamp::of_issue(now, account),
            valid_until: group.end_of(now).map_or_else(Stamp::never, Stamp::from),
            metadata: Value::Object(order.custom_attributes),
            lifecycle,
            privacy: Some("public".to_owned()),
            disguise: Disguise::default(),
        }
    }

    /// Lets a queued publication take effect once it is due.
    ///
    /// Not documented: whether publication moves the expiry set at drafting. It stays, because
    /// the draft's answer has promised it.
    fn settle(&mut self, now: Timestamp, account: Account) {
        if let Lifecycle::Queued { due } = self.lifecycle
            && due <= now
        {
            self.issued_on = Stamp::of_issue(due, account);
            self.lifecycle = Lifecycle::Published;
        }
    }

    pub(crate) fn is_draft(&self) -> bool {
        match &self.lifecycle {
            Lifecycle::Draft => true,
            Lifecycle::Queued { .. } | Lifecycle::Published => false,
            // The two words for a draft, one in each of the documented vocabularies.
            Lifecycle::Fixed(status) => matches!(status.as_str(), "draft" | "unpublished"),
        }
    }

    /// The vocabulary of the reads. That a draft reads `unpublished` is not documented, but no
    /// other of the five words can be meant for it.
    fn lifecycle_status(&self, now: Timestamp) -> &str {
        match &self.lifecycle {
            Lifecycle::Draft | Lifecycle::Queued { .. } => "unpublished",
            Lifecycle::Published if self.valid_until.at.is_some_and(|end| end < now) => "expired",
            Lifecycle::Published => "active",
            Lifecycle::Fixed(status) => status,
        }
    }

    fn group_answer(&self, group: &Group) -> Value {
        let title = self.disguise.group_title.as_ref().unwrap_or(&group.title);
        json!({"title": title, "key": group.key, "code": group.code})
    }

    /// The answer to drafting and issuing, in the documented order of its keys. Its status is not
    /// from the vocabulary of the reads.
    pub(crate) fn creation_answer(&self, group: &Group) -> Value {
        json!({
            "success": true,
            "status": if self.is_draft() { "draft" } else { "published" },
            "document_id": self.document_id,
            "document_url": self.document_url,
            "recipient": {"name": self.recipient_name, "email": self.recipient_email},
            "group": self.group_answer(group),
            "issued_on": self.issued_on.answer,
            "valid_until": self.valid_until.answer,
            "metadata": self.metadata,
            "privacy": self.privacy,
        })
    }

    /// The answer to viewing: the credential and, before it, the success.
    fn view_answer(&self, group: &Group, now: Timestamp) -> Value {
        let success = present(true.into(), self.disguise.success.as_ref()).map(|told| ("success".to_owned(), told));
        Value::Object(success.into_iter().chain(self.fields(group, now)).collect())
    }

    /// The credential as lists hold it, in the documented order of its keys, which is another one
    /// than at its creation.
    fn fields(&self, group: &Group, now: Timestamp) -> Map<String, Value> {
        let disguise = &self.disguise;
        let fields = [
            ("document_id", present(self.document_id.clone().into(), disguise.document_id.as_ref())),
            ("document_url", Some(self.document_url.clone().into())),
            ("recipient", Some(json!({"name": self.recipient_name, "email": self.recipient_email}))),
            ("group", Some(self.group_answer(group))),
            ("issued_on", Some(self.issued_on.answer.clone())),
            ("valid_until", Some(self.valid_until.answer.clone())),
            ("metadata", Some(self.metadata.clone())),
            ("status", Some(self.lifecycle_status(now).into())),
            ("privacy", self.privacy.clone().map(Value::String)),
        ];
        let mut answer: Map<String, Value> =
            fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        answer.extend(disguise.extra.clone());
        answer
    }
}

/// What is answered for a key, if the key is to be there.
fn present(truth: Value, told: Option<&Value>) -> Option<Value> {
    match told {
        None => Some(truth),
        Some(Value::Null) => None,
        Some(told) => Some(told.clone()),
    }
}

/// Where the organisation wants to be told of what.
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) events: Vec<String>,
}

/// Everything the organisation has.
pub(crate) struct Store {
    groups: IndexMap<String, Group>,
    credentials: IndexMap<String, Credential>,
    /// The attributes of everybody who has ever had a credential or a draft, by e-mail address.
    recipients: HashMap<String, Map<String, Value>>,
    pub(crate) webhook: Option<Webhook>,
    /// Credits left; `None` is without limit.
    pub(crate) balance: Option<u64>,
    /// What was planted here at the start.
    pub(crate) seed: Seed,
    pub(crate) account: Account,
}

impl Store {
    pub(crate) fn empty(seed: Seed, balance: Option<u64>, account: Account) -> Self {
        Self {
            groups: IndexMap::new(),
            credentials: IndexMap::new(),
            recipients: HashMap::new(),
            webhook: None,
            balance,
            seed,
            account,
        }
    }

    /// Returns the time by the account's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.account.now()
    }

    pub(crate) fn group(&self, key: &str) -> Option<&Group> {
        let same = |held: &&Group| self.account.comparable_key(&held.key) == self.account.comparable_key(key);
        self.groups.get(key).or_else(|| self.groups.values().find(same))
    }

    pub(crate) fn put_group(&mut self, group: Group) {
        self.groups.insert(group.key.clone(), group);
    }

    pub(crate) fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The groups that are wanted. Their order is not documented: here the newest comes first, as
    /// the most recently published credential does.
    pub(crate) fn list_groups(&self, wanted: impl Fn(&Group) -> bool) -> Vec<Value> {
        self.groups.values().rev().filter(|group| wanted(group)).map(Group::item).collect()
    }

    /// The credential as it stands now.
    pub(crate) fn credential(&mut self, id: &str, now: Timestamp) -> Option<&mut Credential> {
        let credential = self.credentials.get_mut(id)?;
        credential.settle(now, self.account);
        Some(credential)
    }

    pub(crate) fn put_credential(&mut self, credential: Credential) {
        self.recipients.entry(self.account.stored_email(&credential.recipient_email)).or_default();
        self.credentials.insert(credential.document_id.clone(), credential);
    }

    pub(crate) fn credentials(&self) -> usize {
        self.credentials.len()
    }

    /// The answer to viewing, if there is such a credential.
    pub(crate) fn view(&mut self, id: &str, now: Timestamp) -> Option<Value> {
        self.credential(id, now)?;
        let credential = self.credentials.get(id)?;
        let group = self.groups.get(&credential.group_key)?;
        Some(credential.view_answer(group, now))
    }

    /// The attributes of a recipient. When the service begins to know one is not documented; here
    /// a draft is enough.
    pub(crate) fn recipient(&mut self, email: &str) -> Option<&mut Map<String, Value>> {
        self.recipients.get_mut(&self.account.stored_email(email))
    }

    pub(crate) fn recipients(&self) -> usize {
        self.recipients.len()
    }

    /// The credentials that are wanted, as they stand now: "most recently published first".
    ///
    /// Not documented: whether drafts are among them. They are, because the answers have a status
    /// for them, and stand where the time of their making puts them. Of the same time, the one
    /// made last comes first; what the control API has given no date comes last.
    pub(crate) fn list(&mut self, now: Timestamp, wanted: impl Fn(&Credential) -> bool) -> Vec<Value> {
        for credential in self.credentials.values_mut() {
            credential.settle(now, self.account);
        }
        let mut found: Vec<&Credential> = self.credentials.values().rev().filter(|held| wanted(held)).collect();
        found.sort_by_key(|credential| Reverse(credential.issued_on.at));
        found
            .into_iter()
            .filter_map(|held| Some(Value::Object(held.fields(self.groups.get(&held.group_key)?, now))))
            .collect()
    }

    /// Not documented: whether e-mail addresses are compared without regard to case. The account's setting decides.
    pub(crate) fn has_credential_for(&self, email: &str, group_key: &str) -> bool {
        let same =
            |held: &Credential| held.group_key == group_key && self.account.same_email(&held.recipient_email, email);
        self.credentials.values().any(same)
    }

    pub(crate) fn can_pay(&self) -> bool {
        self.balance != Some(0)
    }

    pub(crate) fn pay(&mut self) {
        self.balance = self.balance.map(|credits| credits.saturating_sub(1));
    }
}

/// Changes what a value is given for.
pub(crate) fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// Where the public page of a credential is, once it is published.
pub(crate) fn public_url(id: &str) -> String {
    format!("https://hyperstack.id/credential/{id}")
}

/// The form of every key in the documentation: group keys have 12, credential ids 32 characters.
pub(crate) fn random_alphanumerics(length: usize) -> String {
    Alphanumeric.sample_string(&mut rand::rng(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn draft_of(group: &Group, now: &str) -> Credential {
        let order = Order { recipient_name: "Ada", recipient_email: "ada@example.com", custom_attributes: Map::new() };
        Credential::new(order, group, Lifecycle::Draft, at(now), Account::default())
    }

    fn group(validity: Option<i16>, does_expire: bool) -> Group {
        Group { does_expire, validity, ..Group::named("k", "Course", "C-1", Timestamp::UNIX_EPOCH) }
    }

    #[test]
    fn validity_counts_only_for_groups_that_expire() {
        let end = |group: &Group| draft_of(group, "2024-03-15T10:30:00Z").valid_until.answer;
        assert_eq!(end(&group(Some(2), true)), "2026-03-15T10:30:00Z");
        assert_eq!(end(&group(Some(2), false)), Value::Null);
        assert_eq!(end(&group(None, false)), Value::Null);
    }

    #[test]
    fn a_published_credential_expires_by_itself() {
        let group = group(Some(1), true);
        let mut credential = draft_of(&group, "2024-03-15T10:30:00Z");
        credential.lifecycle = Lifecycle::Published;
        let status = |credential: &Credential, now| credential.lifecycle_status(at(now)).to_owned();
        assert_eq!(status(&credential, "2025-03-15T10:30:00Z"), "active");
        assert_eq!(status(&credential, "2025-03-15T10:30:01Z"), "expired");
        // A state that was set explicitly may contradict the dates.
        credential.lifecycle = Lifecycle::Fixed("active".into());
        assert_eq!(status(&credential, "2030-01-01T00:00:00Z"), "active");
    }

    #[test]
    fn publication_takes_effect_when_due() {
        let group = group(None, false);
        let mut credential = draft_of(&group, "2024-03-15T10:30:00Z");
        let due = at("2024-03-15T10:31:00Z");
        credential.lifecycle = Lifecycle::Queued { due };

        let early = at("2024-03-15T10:30:59Z");
        credential.settle(early, Account::default());
        assert_eq!(credential.lifecycle_status(early), "unpublished");
        assert_eq!(credential.issued_on.answer, "2024-03-15T10:30:00Z");
        assert!(!credential.is_draft());

        credential.settle(due, Account::default());
        assert_eq!(credential.lifecycle_status(due), "active");
        assert_eq!(credential.issued_on.answer, "2024-03-15T10:31:00Z");
    }

    #[test]
    fn credits_run_out_unless_unlimited() {
        let mut store = Store::empty(Seed::None, Some(1), Account::default());
        assert!(store.can_pay());
        store.pay();
        assert!(!store.can_pay());
        let mut unlimited = Store::empty(Seed::None, None, Account::default());
        unlimited.pay();
        assert!(unlimited.can_pay());
    }

    #[test]
    fn random_ids_have_the_documented_form() {
        let id = random_alphanumerics(32);
        assert_eq!(id.len(), 32);
        assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{id}");
        assert_ne!(id, random_alphanumerics(32));
    }
}
