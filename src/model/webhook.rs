//! Webhook events.

use serde::{Deserialize, Deserializer};

use super::{deserialize_string, open_enums};
use crate::json::Value;
use crate::validate::{FromValue, Issues, Path, Rule, format, read_string};

open_enums! {
    /// What a webhook is called for. Source: vendor page `webhook-subscribe`.
    WebhookEvent {
        /// A credential was published.
        CredentialIssued = "credential.issued",
    }
}

impl<'de> Deserialize<'de> for WebhookEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_string(deserializer, Rule::String, &|text| Some(Self::from(text)))
    }
}

impl FromValue for WebhookEvent {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        read_string(value, Rule::NotBlank, format::is_not_blank, path, issues).map(|text| Self::from(&*text))
    }
}
