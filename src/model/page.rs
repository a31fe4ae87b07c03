//! Pages of lists.

use serde::{Deserialize, Serialize};

use super::{Credential, FoundGroup, ListedGroup, Success, present};
use crate::json::Value;
use crate::validate::{Absent, FromValue, Issues, Path, Rule, from_value_struct};

/// The number of a page, or of entries on one: a whole number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PageNumber(u64);

impl PageNumber {
    /// `None` for 0.
    pub fn new(number: u64) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl FromValue for PageNumber {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let number = match value {
            Some(Value::Number(number)) => number.as_count().and_then(Self::new),
            _ => None,
        };
        issues.require(number.is_some(), path, Rule::Ordinal);
        number
    }
}

from_value_struct! {
    /// Which page of a list.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "PageParams", optional_fields))]
    pub struct PageSelection {
        /// The page, from 1. Default 1.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub page: Option<PageNumber>,
        /// Entries per page. Default 50, the API's own. Its maximum is not documented.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub page_size: Option<PageNumber>,
    }
}

/// A page of credentials. Source: vendor pages `list-credentials`, `search-credentials`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CredentialPage {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// Entries in all.
    pub total: u64,
    /// The number of this page, from 1.
    pub page: u64,
    /// Entries per page.
    pub page_size: u64,
    /// The entries.
    #[cfg_attr(feature = "typescript", ts(type = "CredentialRecord[]"))]
    pub credentials: Vec<Credential>,
}

/// A page of groups that a search found. Source: vendor page `search-groups`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundGroupPage {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// Entries in all.
    pub total: u64,
    /// The number of this page, from 1.
    pub page: u64,
    /// Entries per page.
    pub page_size: u64,
    /// The entries.
    pub groups: Vec<FoundGroup>,
}

/// A page of all groups. Known from a third party's catalogue only; that the response is paged is not documented.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ListedGroupPage {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// Entries in all, if the API says so.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub total: Option<u64>,
    /// The number of this page, if the API says so.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub page: Option<u64>,
    /// Entries per page, if the API says so.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub page_size: Option<u64>,
    /// The entries.
    pub groups: Vec<ListedGroup>,
}
