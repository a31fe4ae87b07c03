//! Credential groups: the template of a course or programme.

use serde::{Deserialize, Deserializer, Serialize};

use super::{GroupCode, GroupKey, HttpUrl, IsoTimestamp, Success, Tag, Text, VisibleText};
use crate::json::Value;
use crate::validate::{Absent, FromValue, Issues, Members, Path, Rule, from_value_struct};

from_value_struct! {
    /// What `groups.create` sends. Source: vendor page `create-credential-group`.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CreateGroupParams", optional_fields))]
    pub struct NewGroup where check_new_group {
        /// Title of the group.
        pub title: VisibleText,
        /// Description of the group. The vendor's dashboard treats it as HTML.
        pub description: Text,
        /// Template key of the certificate. One of `certificate_template` and `badge_template` is required.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub certificate_template: Option<Text>,
        /// Template key of the badge. One of `certificate_template` and `badge_template` is required.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub badge_template: Option<Text>,
        /// External page of the course.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub url: Option<HttpUrl>,
        /// Tags; the API returns them joined by commas, so a tag must not contain one.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub tags: Option<Vec<Tag>>,
        /// Human-readable code: letters, digits, hyphens and spaces. Created by the API when left out.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub group_code: Option<GroupCode>,
        /// Whether the credentials of this group expire. Default `false`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub does_expire: Option<bool>,
        /// Validity in years, greater than 0 and at most 1000. Required when `does_expire` is `true`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub validity: Option<Years>,
        /// Anchor the credentials on a blockchain. Default `false`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub blockchain: Option<bool>,
    }

    /// What `groups.update` sends: only what is given changes. Source: vendor page `update-credential-group`.
    #[derive(Clone, Debug, Default, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "UpdateGroupParams", optional_fields))]
    pub struct GroupChanges where check_expiry {
        /// Title of the group.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub title: Option<VisibleText>,
        /// Description of the group. The vendor's dashboard treats it as HTML.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub description: Option<Text>,
        /// Template key of the certificate.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub certificate_template: Option<Text>,
        /// Template key of the badge.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub badge_template: Option<Text>,
        /// External page of the course.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub url: Option<HttpUrl>,
        /// Tags; the API returns them joined by commas, so a tag must not contain one.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub tags: Option<Vec<Tag>>,
        /// Human-readable code: letters, digits, hyphens and spaces.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub group_code: Option<GroupCode>,
        /// Whether the credentials of this group expire.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub does_expire: Option<bool>,
        /// Validity in years, greater than 0 and at most 1000. Required when `does_expire` is `true`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub validity: Option<Years>,
        /// Anchor the credentials on a blockchain.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub blockchain: Option<bool>,
    }
}

fn check_new_group(members: &mut Members<'_>) {
    let has_template = members.has("certificate_template") || members.has("badge_template");
    members.require(has_template, "certificate_template", Rule::AnyTemplate);
    check_expiry(members);
}

fn check_expiry(members: &mut Members<'_>) {
    let complete = !members.is_true("does_expire") || members.has("validity");
    members.require(complete, "validity", Rule::NeededWithExpiry);
}

/// A time in years, greater than 0 and at most 1000.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Years(crate::json::Number);

/// A larger number is a time in another unit: days, or a time in seconds.
const LONGEST_YEARS: f64 = 1000.0;

impl Years {
    /// `None` unless the number is in that range.
    pub fn new(years: f64) -> Option<Self> {
        crate::json::Number::new(years).filter(|_| years > 0.0 && years <= LONGEST_YEARS).map(Self)
    }
}

impl FromValue for Years {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let years = match value {
            Some(Value::Number(number)) => Self::new(number.as_f64()),
            _ => None,
        };
        issues.require(years.is_some(), path, Rule::Positive);
        years
    }
}

/// What `groups.create` returns. Source: vendor page `create-credential-group`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CreatedGroup {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// Key of the new group (12 alphanumerics in the vendor's examples).
    pub group_key: GroupKey,
}

/// A group as `groups.view` returns it. Source: vendor page `view-credential-group`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Group {
    /// Always `true`: any other response is an error.
    pub success: Success,
    /// Title of the group.
    pub title: String,
    /// Description; the vendor's dashboard treats it as HTML, so escape it before it is shown.
    pub description: String,
    /// Tags of the group. The API returns them joined by commas; here they are a list again.
    pub tags: Tags,
    /// Human-readable code of the group. Not the `group_key` that calls take.
    pub group_code: String,
    /// Page of the course, as it was set. Its form in the response is not documented, so it is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub url: Option<Value>,
    /// Whether credentials of this group expire.
    pub does_expire: bool,
    /// Years; present only when `does_expire` is `true`. Its form is not documented, so it is not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub validity: Option<Value>,
}

/// Tags of a group. The API joins them with commas; here they are a list again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tags(pub Vec<String>);

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|joined| Self::split(&joined))
    }
}

impl Tags {
    /// Splits tags that are joined by commas.
    pub fn split(joined: &str) -> Self {
        let tags = joined.split([',']).map(str::trim_ascii).filter(|tag| !tag.is_empty());
        Self(tags.map(str::to_owned).collect())
    }
}

/// A group in the response of `groups.search`. Source: vendor page `search-groups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FoundGroup {
    /// Title of the group.
    pub title: String,
    /// Key of the group, for the calls that take one.
    pub group_key: Text,
    /// Human-readable code of the group.
    pub group_code: String,
    /// When the group was changed last, ISO 8601.
    pub last_modified: IsoTimestamp,
    /// When the group was created, ISO 8601.
    pub created_at: IsoTimestamp,
}

/// A group in the response of `groups.list`. No vendor page describes it, so its members are not checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(type = "{ [field: string]: unknown }"))]
pub struct ListedGroup(Value);

impl ListedGroup {
    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

impl<'de> Deserialize<'de> for ListedGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            object @ Value::Object(_) => Ok(Self(object)),
            _ => Err(serde::de::Error::custom(Rule::Object)),
        }
    }
}
