//! Privacy: decides what a report shows of a credential, and names what it withholds.
//!
//! - The e-mail address is never shown, nor a string that contains it, or any address, in any spelling (`redaction`).
//! - The name and the metadata are shown only for a credential that is marked `public`; of the metadata only the keys that the
//!   policy lists.
//! - Of an unpublished credential nothing is shown.

use super::link::Subject;
use super::policy::Policy;
use super::report::{ShownCredential, ShownGroup, ShownMetadata, ShownRecipient, Withheld};
use crate::json::Value;
use crate::model::{Credential, CredentialStatus, Privacy};
use crate::redaction::KnownAddress;

/// What is shown of a credential, and what was there but is not shown.
#[derive(Debug, Default)]
pub(super) struct Disclosure {
    pub(super) credential: Option<ShownCredential>,
    pub(super) withheld: Vec<Withheld>,
}

/// Decides what is shown of a credential.
pub(super) fn disclose(credential: &Credential, subject: &Subject, policy: &Policy) -> Disclosure {
    if credential.status == CredentialStatus::Unpublished {
        return Disclosure { credential: None, withheld: vec![Withheld::Credential] };
    }
    let is_public = credential.privacy == Some(Privacy::Public);
    let email = KnownAddress::new(credential.recipient.email.as_str());
    let mut filter = Filter { email, withheld: vec![Withheld::RecipientEmail] };
    let shown = ShownCredential {
        document_id: credential.document_id.clone(),
        document_url: subject.canonical_url.clone(),
        recipient: filter
            .show(Withheld::RecipientName, credential.recipient.name.as_str(), is_public)
            .map(|name| ShownRecipient { name }),
        group: ShownGroup {
            title: filter.show(Withheld::GroupTitle, &credential.group.title, true),
            code: filter.show(Withheld::GroupCode, &credential.group.code, true),
        },
        issued_on: credential.issued_on.clone(),
        valid_until: credential.valid_until.clone(),
        status: credential.status.clone(),
        privacy: credential.privacy.clone().filter(|privacy| !matches!(privacy, Privacy::Other(_))),
        metadata: filter.show_metadata(credential.metadata.members(), policy, is_public),
    };
    Disclosure { credential: Some(shown), withheld: filter.withheld }
}

/// Withholds what discloses an e-mail address, and records what it withheld.
struct Filter {
    /// The recipient's own address.
    email: KnownAddress,
    withheld: Vec<Withheld>,
}

impl Filter {
    /// Returns the string if it may be shown, or records that it was withheld.
    fn show(&mut self, field: Withheld, text: &str, is_allowed: bool) -> Option<String> {
        if is_allowed && !self.discloses_address(text) {
            return Some(text.to_owned());
        }
        self.withheld.push(field);
        None
    }

    /// Returns the members that may be shown: listed, plain values.
    fn show_metadata(&mut self, members: &[(String, Value)], policy: &Policy, is_public: bool) -> ShownMetadata {
        let may_be_shown = |(key, value): &&(String, Value)| {
            is_public
                && policy.allow_metadata.iter().any(|listed| listed.as_str() == key)
                && self.is_harmless(key, value)
        };
        let shown: Vec<_> = members.iter().filter(may_be_shown).cloned().collect();
        if shown.len() < members.len() {
            self.withheld.push(Withheld::Metadata);
        }
        ShownMetadata(shown)
    }

    fn is_harmless(&self, key: &str, value: &Value) -> bool {
        let is_harmless_value = match value {
            Value::String(text) => !self.discloses_address(text),
            Value::Number(_) | Value::Bool(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        is_harmless_value && !self.discloses_address(key)
    }

    fn discloses_address(&self, text: &str) -> bool {
        self.email.is_disclosed_by(text)
    }
}
