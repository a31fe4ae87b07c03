//! Credentials: certificates and badges issued to a person.

use serde::{Deserialize, Deserializer, Serialize};

use super::{CustomKey, DocumentId, EmailAddress, GroupKey, IsoTimestamp, PersonName, Personal, Success};
use super::{deserialize_string, nullable, open_enums, present};
use crate::json::Value;
use crate::validate::{Absent, FromValue, Issues, Path, Rule, format, from_value_struct};

from_value_struct! {
    /// What `credentials.generate` and `credentials.issue` send. Source: vendor pages `generate-credential`,
    /// `create-credential`.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "GenerateCredentialParams", optional_fields))]
    pub struct NewCredential {
        /// The person that the credential is issued to.
        pub recipient: NewRecipient,
        /// Key of the group, as `groups.create` returned it.
        pub group_key: GroupKey,
        /// Values of the account's custom attributes. Every key begins with `custom_`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub custom_attributes: Option<CustomAttributes>,
    }

    /// The person that a new credential is issued to.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "Recipient"))]
    pub struct NewRecipient {
        /// Full name, of visible characters. White space is sent as it is given.
        pub name: PersonName,
        /// The bare e-mail address. Personal data: it never enters an error, an event or a log.
        pub email: EmailAddress,
    }
}

/// Values of an account's custom attributes, by their `custom_…` keys. They may be personal data: `Debug` does not write them.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct CustomAttributes(Value);

impl CustomAttributes {
    /// Attributes from keys and values.
    pub fn new(attributes: impl IntoIterator<Item = (CustomKey, Value)>) -> Self {
        Self(Value::Object(attributes.into_iter().map(|(key, value)| (key.as_str().to_owned(), value)).collect()))
    }
}

impl std::fmt::Debug for CustomAttributes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl FromValue for CustomAttributes {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let Some(Value::Object(members)) = value else {
            issues.add(path, if value.is_some() { Rule::Object } else { Rule::Required });
            return None;
        };
        let mut accepted = true;
        for (key, _) in members {
            let is_custom = format::is_custom_key(key);
            issues.require(is_custom, &Path::Member(path, key), Rule::CustomPrefix);
            accepted &= is_custom;
        }
        accepted.then(|| Self(Value::Object(members.clone())))
    }
}

/// A credential as the API returns it. Source: vendor pages `view-credential`, `generate-credential`, `create-credential`,
/// `list-credentials`, `search-credentials`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Credential {
    /// Always `true`: any other response is an error. Missing in lists and searches.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub success: Option<Success>,
    /// Id of the credential: 32 letters and digits, or a lower-case UUID in older accounts.
    pub document_id: DocumentId,
    /// Public page of the credential; for a draft it works only when published.
    pub document_url: String,
    /// The person that it is issued to. Personal data.
    pub recipient: Recipient,
    /// The group it belongs to.
    pub group: CredentialGroup,
    /// When it was issued, ISO 8601; for a draft, when the record was created.
    pub issued_on: IsoTimestamp,
    /// When it expires, ISO 8601; `None`: never.
    #[serde(deserialize_with = "nullable")]
    pub valid_until: Option<IsoTimestamp>,
    /// Values of the custom attributes, by their `custom_…` keys. May hold personal data.
    pub metadata: Metadata,
    /// `draft` or `published` when created, the lifecycle status when viewed, listed or found.
    pub status: CredentialStatus,
    /// Who may see the credential. Missing in the responses of the vendor's older documentation.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub privacy: Option<Privacy>,
}

/// The person that a credential is issued to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CredentialRecipient"))]
pub struct Recipient {
    /// Full name.
    pub name: Personal,
    /// E-mail address.
    pub email: Personal,
}

/// The group of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CredentialGroup {
    /// Title of the group, as printed on the credential.
    pub title: String,
    /// Key of the group (`group_key` of the calls).
    pub key: String,
    /// Human-readable code of the group.
    pub code: String,
}

/// An object of which only the caller knows the members. May hold personal data: `Debug` does not write it.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Metadata(Value);

impl Metadata {
    /// The members in the order of the response.
    pub fn members(&self) -> &[(String, Value)] {
        match &self.0 {
            Value::Object(members) => members,
            _ => &[],
        }
    }
}

impl std::fmt::Debug for Metadata {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            object @ Value::Object(_) => Ok(Self(object)),
            _ => Err(serde::de::Error::custom(Rule::Object)),
        }
    }
}

open_enums! {
    /// The status of a credential.
    CredentialStatus {
        /// Created, not published.
        Draft = "draft",
        /// Publication was requested.
        Published = "published",
        Active = "active",
        Suspended = "suspended",
        Expired = "expired",
        Revoked = "revoked",
        Unpublished = "unpublished",
    }

    /// Who may see a credential.
    Privacy {
        Public = "public",
        Private = "private",
    }
}

impl<'de> Deserialize<'de> for CredentialStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_string(deserializer, Rule::NotBlank, &|text| format::is_not_blank(text).then(|| Self::from(text)))
    }
}

impl<'de> Deserialize<'de> for Privacy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_string(deserializer, Rule::String, &|text| Some(Self::from(text)))
    }
}
