//! Describes how the account of a sandbox stores addresses, compares keys and writes dates. The documentation leaves
//! these open, so a client has to work with all of them.

use clap::ValueEnum;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock;

/// The behaviours that the documentation leaves open.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Account {
    /// How e-mail addresses are stored and compared.
    pub fold_emails: FoldEmails,
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
        match self.fold_emails {
            FoldEmails::None => email.to_owned(),
            FoldEmails::Domain => match email.rsplit_once('@') {
                Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
                None => email.to_owned(),
            },
            FoldEmails::All => email.to_lowercase(),
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
