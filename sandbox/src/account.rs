//! Describes how the account of a sandbox stores addresses, compares keys and writes dates. The documentation leaves
//! these open, so a client has to work with all of them.

use clap::ValueEnum;
use icu_normalizer::DecomposingNormalizerBorrowed;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock;

/// The behaviours that the documentation leaves open.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Account {
    /// How e-mail addresses are stored and compared.
    pub fold_emails: FoldEmails,
    /// In which form e-mail addresses are stored and compared.
    pub email_form: EmailForm,
    /// How searches compare names, e-mail addresses and group keys.
    pub search: SearchMode,
    /// How the group key of a request is compared with those of the account.
    pub group_keys: GroupKeys,
    /// How the `issued_on` of new credentials is written.
    pub issued_on: IssuedOn,
    /// Seconds by which the account's clock is ahead of this machine's; negative if it is behind.
    pub clock_offset_s: i64,
}

/// Which part of an e-mail address is changed to lower case when it is stored or compared.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum FoldEmails {
    /// Nothing: addresses are stored as sent
    #[default]
    None,
    /// The part after the last @
    Domain,
    /// The whole address
    All,
}

/// The form of an e-mail address.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum EmailForm {
    /// As sent
    #[default]
    Sent,
    /// The domain in its ASCII form (xn--…)
    AsciiDomain,
    /// Decomposed (NFD): an accent is a character after its letter
    Nfd,
}

/// How searches compare their filters with what is stored.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// Without regard to case in names and addresses, and in group keys if the account ignores it there
    #[default]
    IgnoreCase,
    /// Byte for byte
    Exact,
}

/// How group keys are compared.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum GroupKeys {
    /// Byte for byte
    #[default]
    Exact,
    /// Without regard to case; responses have the key as the account spells it
    IgnoreCase,
}

/// How precisely `issued_on` is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum IssuedOn {
    /// To the second: 2024-03-15T10:30:00Z
    #[default]
    Second,
    /// The day only: 2024-03-15
    Day,
    /// The first second of the day: 2024-03-15T00:00:00Z
    Midnight,
}

impl Account {
    /// Returns the time by the account's clock.
    pub(crate) fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_secs(self.clock_offset_s);
        let now = clock::now();
        now.checked_add(offset).unwrap_or(now)
    }

    /// Returns the address as the account stores it.
    pub(crate) fn stored_email(&self, email: &str) -> String {
        let folded = match self.fold_emails {
            FoldEmails::None => email.to_owned(),
            FoldEmails::Domain => with_domain(email, str::to_lowercase),
            FoldEmails::All => email.to_lowercase(),
        };
        match self.email_form {
            EmailForm::Sent => folded,
            EmailForm::AsciiDomain => {
                with_domain(&folded, |domain| idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned()))
            }
            EmailForm::Nfd => DecomposingNormalizerBorrowed::new_nfd().normalize(&folded).into_owned(),
        }
    }

    /// Returns a name or an address in the form in which searches compare it.
    pub(crate) fn searchable(&self, text: &str) -> String {
        match self.search {
            SearchMode::IgnoreCase => text.to_lowercase(),
            SearchMode::Exact => text.to_owned(),
        }
    }

    /// Returns a group key in the form in which searches compare it.
    pub(crate) fn searchable_key(&self, key: &str) -> String {
        match self.search {
            SearchMode::IgnoreCase => self.comparable_key(key),
            SearchMode::Exact => key.to_owned(),
        }
    }

    /// Tells whether two addresses are the same to the account.
    pub(crate) fn same_email(&self, one: &str, other: &str) -> bool {
        self.stored_email(one) == self.stored_email(other)
    }

    /// Returns a group key in the form in which keys are compared.
    pub(crate) fn comparable_key(&self, key: &str) -> String {
        match self.group_keys {
            GroupKeys::Exact => key.to_owned(),
            GroupKeys::IgnoreCase => key.to_ascii_lowercase(),
        }
    }

    /// Writes the time at which a credential was issued.
    pub(crate) fn write_issued_on(&self, at: Timestamp) -> String {
        match self.issued_on {
            IssuedOn::Second => clock::text(at),
            IssuedOn::Day => clock::day_of(at).to_string(),
            IssuedOn::Midnight => format!("{}T00:00:00Z", clock::day_of(at)),
        }
    }
}

/// Returns the address with its domain, the part after the last @, changed.
fn with_domain(email: &str, change: impl FnOnce(&str) -> String) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => format!("{local}@{}", change(domain)),
        None => email.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_the_part_of_an_address_that_it_is_told_to() {
        let stored = |fold_emails, email| Account { fold_emails, ..Account::default() }.stored_email(email);
        for (email, domain, all) in [
            ("Zoe@Example.COM", "Zoe@example.com", "zoe@example.com"),
            ("\"A@B\"@Example.com", "\"A@B\"@example.com", "\"a@b\"@example.com"),
            ("No Address", "No Address", "no address"),
        ] {
            assert_eq!(stored(FoldEmails::None, email), email);
            assert_eq!(stored(FoldEmails::Domain, email), domain);
            assert_eq!(stored(FoldEmails::All, email), all);
        }
    }

    #[test]
    fn stores_addresses_in_the_configured_form() {
        let stored = |email_form, email| Account { email_form, ..Account::default() }.stored_email(email);
        let email = "zo\u{eb}@b\u{fc}cher.example";
        assert_eq!(stored(EmailForm::Sent, email), email);
        assert_eq!(stored(EmailForm::AsciiDomain, email), "zo\u{eb}@xn--bcher-kva.example");
        assert_eq!(stored(EmailForm::Nfd, email), "zoe\u{308}@bu\u{308}cher.example");
    }

    #[test]
    fn writes_dates_in_each_precision() {
        let at = "2024-03-15T10:30:00Z".parse().unwrap();
        for (issued_on, expected) in [
            (IssuedOn::Second, "2024-03-15T10:30:00Z"),
            (IssuedOn::Day, "2024-03-15"),
            (IssuedOn::Midnight, "2024-03-15T00:00:00Z"),
        ] {
            assert_eq!(Account { issued_on, ..Account::default() }.write_issued_on(at), expected);
        }
    }
}
