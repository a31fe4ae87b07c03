//! Finds out whether a lost request was carried out: the requests to the account, and what their responses mean.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::attempt::{Call, Reply};
use super::constants::{MAX_PAGES, NEAR_MATCH_MS, SKEW_MS};
use super::request::{Request, accept};
use crate::api::{RecipientFilter, SearchCredentials, ViewCredential};
use crate::error::Error;
use crate::json::{self, Value};
use crate::model::{
    CredentialStatus, DocumentId, GroupKey, NewCredential, PageNumber, Success, Text, Timestamp, VisibleText,
};
use crate::transport::Transport;
use crate::unicode;
use crate::validate::Rule;

const DAY_MS: i64 = 86_400_000;
/// How long after a day of UTC it ends where it ends last (UTC-12).
const LONGEST_OFFSET_MS: i64 = DAY_MS / 2;

/// What the account says about a lost creation.
pub(super) enum Creation {
    /// It was carried out. This is the text that its response would have had.
    Found(String),
    NotFound,
    /// A credential that may be the lost one.
    Similar(Difference),
    /// There are more entries than are searched.
    TooMany,
    /// The search contradicts itself, or its response was in a cache.
    Undecided,
    /// The account could not be searched.
    Failed(Error),
}

/// How a near match differs from the lost credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    Address,
    Domain,
    GroupKey,
    UnreadableDate,
    EarlierDate,
    EarlierDay,
}

impl Difference {
    /// As the end of a sentence about the credential that was found.
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Address => "with the same address in another Unicode form",
            Self::Domain => "whose address differs only in how the domain is written (Unicode or Punycode)",
            Self::GroupKey => "whose group key differs only in case",
            Self::UnreadableDate => "whose issued_on is not a valid date",
            Self::EarlierDay => "issued on the previous day or, in another time zone, the same day",
            Self::EarlierDate => "issued up to an hour before this call by the account's clock",
        }
    }
}

/// What the account says about a lost publication.
pub(super) enum Publication {
    /// It was carried out. This is the text that its response would have had.
    Published(String),
    NotPublished,
    /// The credential has another status, or could not be read.
    Unknown,
}

/// A page of a search. Entries are read as far as they are compared: those of others need not be as documented.
#[derive(Deserialize)]
struct Page {
    #[serde(rename = "success")]
    _success: Success,
    /// Entries in all.
    total: u64,
    #[serde(rename = "page")]
    number: u64,
    #[serde(rename = "page_size")]
    size: u64,
    credentials: Vec<Entry>,
}

impl Page {
    /// Whether it has as many entries as belong on it.
    fn has_every_entry(&self) -> bool {
        let before = self.number.saturating_sub(1).saturating_mul(self.size);
        let left = self.total.saturating_sub(before);
        self.credentials.len() as u64 == left.min(self.size) && (left == 0 || self.size > 0)
    }
}

/// Whether the response does not come from a cache.
fn is_fresh(reply: &Reply) -> bool {
    reply.age.as_deref().is_none_or(|age| age == "0")
}

/// A credential of a search.
struct Entry {
    credential: Value,
    email: String,
    group_key: String,
    /// `None` where it cannot be read.
    issued: Option<Issued>,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let credential = Value::deserialize(deserializer)?;
        let string = |object: &str, name: &str| {
            let text = credential.get(object).and_then(|object| object.get(name)).and_then(Value::as_str);
            text.map(str::to_owned).ok_or_else(|| D::Error::custom(Rule::Required))
        };
        Ok(Self {
            email: string("recipient", "email")?,
            group_key: string("group", "key")?,
            issued: credential.get("issued_on").and_then(Value::as_str).and_then(Issued::parse),
            credential,
        })
    }
}

/// When a credential was issued, as exactly as the account says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Issued {
    At(Timestamp),
    /// On the day that begins then (UTC). Accounts that keep the day only write that, or its first instant.
    On(Timestamp),
}

impl Issued {
    fn parse(text: &str) -> Option<Self> {
        match Timestamp::parse(text) {
            // An account that keeps days only can write them as their first second.
            Some(instant) if instant.as_ms().rem_euclid(DAY_MS) == 0 => Some(Self::On(instant)),
            Some(instant) => Some(Self::At(instant)),
            None => Timestamp::parse(&[text, MIDNIGHT].concat()).map(Self::On),
        }
    }

    /// The latest instant that it can be.
    fn latest_ms(self) -> i64 {
        match self {
            Self::At(instant) => instant.as_ms(),
            Self::On(day) => day.as_ms() + DAY_MS - 1,
        }
    }
}

/// Returns the instant at which a day begins.
const MIDNIGHT: &str = "T00:00:00Z";

/// How much a credential is like the lost one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Same,
    Similar(Difference),
    Other,
}

impl Entry {
    /// The search matches in part; this comparison decides.
    fn compare(&self, lost: &NewCredential, begun: Timestamp) -> Likeness {
        let email = lost.recipient.email.as_str();
        let is_same_address =
            without_final_sigma(&unicode::lower_case(&self.email)) == without_final_sigma(&unicode::lower_case(email));
        let is_same_group = self.group_key == lost.group_key.as_str();
        let (found, sent) = (folded(&self.email), folded(email));
        let is_same_form = is_same_address || found == sent;
        let is_similar = (is_same_form || differs_in_form_of_domain(&found, &sent))
            && self.group_key.eq_ignore_ascii_case(lost.group_key.as_str());
        let latest_ms = self.issued.map(Issued::latest_ms);
        let first_ms = begun.as_ms() - SKEW_MS;
        let (tolerance_ms, earlier) = match self.issued {
            Some(Issued::On(_)) => (LONGEST_OFFSET_MS, Difference::EarlierDay),
            _ => (NEAR_MATCH_MS, Difference::EarlierDate),
        };
        if !is_similar || latest_ms.is_some_and(|latest_ms| latest_ms < first_ms - tolerance_ms) {
            return Likeness::Other;
        }
        match latest_ms {
            _ if !is_same_form => Likeness::Similar(Difference::Domain),
            _ if !is_same_address => Likeness::Similar(Difference::Address),
            _ if !is_same_group => Likeness::Similar(Difference::GroupKey),
            None => Likeness::Similar(Difference::UnreadableDate),
            Some(latest_ms) if latest_ms < first_ms => Likeness::Similar(earlier),
            Some(_) => Likeness::Same,
        }
    }

    /// The credential as `generate` and `issue` return it, marked. A day becomes an instant, as documented.
    fn into_created(self) -> String {
        let mut members = vec![("success".to_owned(), Value::Bool(true)), ("reconciled".to_owned(), Value::Bool(true))];
        if let Value::Object(given) = self.credential {
            members.extend(given.into_iter().filter(|(name, _)| name != "success" && name != "reconciled"));
        }
        for (_, value) in members.iter_mut().filter(|(name, _)| name == "issued_on") {
            let text = value.as_str().unwrap_or_default();
            if Timestamp::parse(text).is_none() {
                *value = Value::String([text, MIDNIGHT].concat());
            }
        }
        json::to_string(&Value::Object(members))
    }
}

/// At the end of a word, the lower case of sigma is another letter.
fn without_final_sigma(text: &str) -> String {
    text.replace('\u{3c2}', "\u{3c3}")
}

/// An address in the form in which near matches are the same. The ideographic full stop separates labels, too (RFC 3490).
fn folded(email: &str) -> String {
    without_final_sigma(&unicode::fold(email)).replace('\u{3002}', ".")
}

/// Whether two addresses differ only in labels of the domain of which one is ASCII and the other is not. An account may store an
/// internationalized domain in its ASCII form (`xn--`), or the other way round. The forms are not converted: a credential of the same
/// group, issued just now to such an address, is near enough to stop.
fn differs_in_form_of_domain(one: &str, other: &str) -> bool {
    let mut parts = one.as_bytes().split(|byte| *byte == b'@');
    let mut other_parts = other.as_bytes().split(|byte| *byte == b'@');
    if parts.next() != other_parts.next() {
        return false;
    }
    let mut labels = parts.next().unwrap_or_default().split(|byte| *byte == b'.');
    let mut other_labels = other_parts.next().unwrap_or_default().split(|byte| *byte == b'.');
    loop {
        match (labels.next(), other_labels.next()) {
            (Some(label), Some(other)) if label == other || label.is_ascii() != other.is_ascii() => {}
            (label, other) => return label == other,
        }
    }
}

/// Returns the addresses to search for: the one that was sent, and the forms in which an account may store it, which may differ in
/// case and Unicode form. An account may also convert an internationalized domain to ASCII or back. So these forms have only the part
/// before such a domain, which is enough, because addresses match in part.
fn spellings(email: &str) -> Vec<String> {
    /// How an internationalized label begins in its ASCII form (RFC 5890).
    const ASCII_LABEL_PREFIX: &[u8] = b"xn--";

    let mut spellings = vec![email.to_owned()];
    let (local, domain) = email.split_once(['@']).unwrap_or_default();
    let mut domain = domain.to_ascii_lowercase();
    if !domain.is_ascii()
        || domain.as_bytes().windows(ASCII_LABEL_PREFIX.len()).any(|bytes| bytes == ASCII_LABEL_PREFIX)
    {
        domain.clear();
    }
    let lower = unicode::lower_case(local);
    for local in [&*lower, &without_final_sigma(&lower), local] {
        for spelling in unicode::stored_forms(&[local, "@", &domain].concat()) {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
    }
    spellings
}

impl<T: Transport> Call<'_, T> {
    /// Searches the account for a credential like the lost one that was issued since `begun`.
    ///
    /// How the account compares group keys and addresses is not documented, and neither may hide the credential. So the group is
    /// compared here, and an address that the account may have stored differently is searched in each form. Only if too many
    /// credentials match the address, the search is repeated with the group.
    pub(super) async fn find_creation(&self, lost: &NewCredential, begun: Timestamp) -> Creation {
        for email in spellings(lost.recipient.email.as_str()) {
            let mut group_key = None;
            loop {
                match self.search_creation(&email, group_key, lost, begun).await {
                    Creation::NotFound => break,
                    Creation::TooMany if group_key.is_none() => group_key = Some(&lost.group_key),
                    creation => return creation,
                }
            }
        }
        Creation::NotFound
    }

    /// Searches for the lost credential among those whose address contains `email`, and of the group if one is given.
    async fn search_creation(
        &self,
        email: &str,
        group_key: Option<&GroupKey>,
        lost: &NewCredential,
        begun: Timestamp,
    ) -> Creation {
        let mut similar = None;
        let mut first_counts = None;
        for number in 1..=MAX_PAGES {
            let search = SearchCredentials {
                recipient: Some(RecipientFilter { name: None, email: VisibleText::parse(email).ok() }),
                group_key: group_key.and_then(|group_key| Text::parse(group_key.as_str()).ok()),
                page: PageNumber::new(number),
                ..SearchCredentials::default()
            };
            let request = Request::new(&search, self.base_url());
            let mut page: Option<Page> = None;
            let mut read = |text: &str| {
                page = Some(json::from_str(text)?);
                Ok(())
            };
            // Boxed, because a search makes attempts, too: the future would contain itself.
            let reply = match Box::pin(self.run(&request, &mut read)).await {
                Ok(reply) => reply,
                Err(error) => return Creation::Failed(error),
            };
            let Some(page) = page else { return Creation::Undecided };
            let counts = (page.total, page.size);
            // A page out of a cache, or one that contradicts itself or the first, does not say that the credential is missing.
            let is_complete = is_fresh(&reply)
                && page.number == number
                && page.has_every_entry()
                && *first_counts.get_or_insert(counts) == counts;
            let is_too_large = page.total > MAX_PAGES.saturating_mul(page.size);
            let is_last = page.credentials.is_empty() || page.number.saturating_mul(page.size) >= page.total;
            for entry in page.credentials {
                match entry.compare(lost, begun) {
                    Likeness::Same => return Creation::Found(entry.into_created()),
                    Likeness::Similar(difference) => similar = similar.or(Some(difference)),
                    Likeness::Other => {}
                }
            }
            if !is_complete {
                return similar.map_or(Creation::Undecided, Creation::Similar);
            }
            if is_last {
                return similar.map_or(Creation::NotFound, Creation::Similar);
            }
            if is_too_large && group_key.is_none() {
                break;
            }
        }
        similar.map_or(Creation::TooMany, Creation::Similar)
    }

    /// Reads the credential that was to be published.
    pub(super) async fn find_publication(&self, document_id: &DocumentId) -> Publication {
        let view = ViewCredential { document_id: document_id.clone() };
        let request = Request::new(&view, self.base_url());
        let mut status = None;
        let mut read = |text: &str| {
            status = Some(accept(&view, text)?.status);
            Ok(())
        };
        let viewed = Box::pin(self.run(&request, &mut read)).await;
        match status.filter(|_| viewed.is_ok_and(|reply| is_fresh(&reply))) {
            Some(
                CredentialStatus::Active
                | CredentialStatus::Suspended
                | CredentialStatus::Expired
                | CredentialStatus::Revoked,
            ) => Publication::Published(PUBLISHED.to_owned()),
            // A draft is viewed as unpublished.
            Some(CredentialStatus::Draft | CredentialStatus::Unpublished) => Publication::NotPublished,
            Some(CredentialStatus::Published | CredentialStatus::Other(_)) | None => Publication::Unknown,
        }
    }
}

const PUBLISHED: &str = r#"{"success":true,"message":"Credential is published","reconciled":true}"#;
