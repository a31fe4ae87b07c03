//! Credential groups.

use std::borrow::Cow;

use serde::Serialize;

use super::{Endpoint, Method, RetrySafety, issues_of};
use crate::json;
use crate::model::{
    CreatedGroup, Done, FoundGroupPage, Group, GroupChanges, GroupKey, ListedGroupPage, NewGroup, PageNumber,
    PageSelection, VisibleText,
};
use crate::validate::{Absent, Issue, from_value_struct};

/// `groups.create`: creates a group (`POST /v1/groups/new`, vendor page `create-credential-group`). Never retried after a
/// lost response: the error then says that the group may exist.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateGroup(pub NewGroup);

impl Endpoint for CreateGroup {
    type Response = CreatedGroup;

    const NAME: &'static str = "groups.create";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Never;

    fn path(&self) -> Cow<'static, str> {
        "/v1/groups/new".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }

    fn issues(&self) -> Vec<Issue> {
        issues_of(&self.0)
    }
}

/// `groups.view`: reads a group (`GET /v1/group/view/{group_key}`, vendor page `view-credential-group`). That a missing
/// one is a 404 is not documented.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewGroup {
    /// Key of the group, as `groups.create` returned it.
    pub group_key: GroupKey,
}

impl Endpoint for ViewGroup {
    type Response = Group;

    const NAME: &'static str = "groups.view";
    const METHOD: Method = Method::Get;
    const RETRY: RetrySafety = RetrySafety::Safe;
    const NOT_FOUND_CODE: &'static str = "group_not_found";

    fn path(&self) -> Cow<'static, str> {
        ["/v1/group/view/", self.group_key.as_str()].concat().into()
    }
}

/// `groups.update`: changes a group (`POST /v1/group/update/{group_key}`, vendor page `update-credential-group`).
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateGroup {
    /// Key of the group, as `groups.create` returned it.
    pub group_key: GroupKey,
    /// Only what is given changes.
    pub changes: GroupChanges,
}

impl Endpoint for UpdateGroup {
    type Response = Done;

    const NAME: &'static str = "groups.update";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;
    const NOT_FOUND_CODE: &'static str = "group_not_found";

    fn path(&self) -> Cow<'static, str> {
        ["/v1/group/update/", self.group_key.as_str()].concat().into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.changes))
    }

    fn issues(&self) -> Vec<Issue> {
        issues_of(&self.changes)
    }
}

/// `groups.list`: a page of all groups (`POST /v1/groups/all`). No vendor page was seen: a third party's catalogue only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListGroups(pub PageSelection);

impl Endpoint for ListGroups {
    type Response = ListedGroupPage;

    const NAME: &'static str = "groups.list";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/groups/all".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }
}

from_value_struct! {
    /// `groups.search`: a page of the groups with a title (`POST /v1/groups/search`, vendor page `search-groups`). Titles
    /// match in part, so compare the results.
    #[derive(Clone, Debug, Default, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "SearchGroupsParams", optional_fields))]
    pub struct SearchGroups {
        /// Matched against titles: any of its words, also in part.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub keyword: Option<VisibleText>,
        /// The same under another name; `keyword` wins.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub title: Option<VisibleText>,
        /// The whole keyword must occur as one phrase. Default `false`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub strict: Option<bool>,
        /// The page, from 1. Default 1.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub page: Option<PageNumber>,
        /// Entries per page. Default 50, the API's own. Its maximum is not documented.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub page_size: Option<PageNumber>,
    }
}

impl Endpoint for SearchGroups {
    type Response = FoundGroupPage;

    const NAME: &'static str = "groups.search";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/groups/search".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(self))
    }
}
