//! Credentials: certificates and badges issued to a person.

use std::borrow::Cow;

use serde::Serialize;

use super::{Endpoint, Method, ResponseFlaw, RetrySafety, Trace, issues_of};
use crate::json::{self, Value};
use crate::model::{
    Credential, CredentialPage, CustomAttributes, Date, DocumentId, Done, DoneWithMessage, NewCredential, PageNumber,
    PageSelection, Text, UnixSeconds, VisibleText,
};
use crate::validate::{Absent, FromValue, Issue, Issues, Members, Path, Rule, from_value_struct};

/// `credentials.generate`: creates a draft (`POST /v1/credentials/generate`, vendor page `generate-credential`).
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateCredential(pub NewCredential);

impl Endpoint for GenerateCredential {
    type Response = Credential;

    const NAME: &'static str = "credentials.generate";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Reconcile;
    const NOT_FOUND_CODE: &'static str = "group_not_found";

    fn path(&self) -> Cow<'static, str> {
        "/v1/credentials/generate".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }

    fn trace(&self) -> Trace<'_> {
        Trace::Credential(&self.0)
    }

    fn check_response(&self, response: &Credential) -> Result<(), ResponseFlaw> {
        require_success(response)
    }
}

/// `credentials.issue`: creates and publishes at once (`POST /v1/credentials/new`, vendor page `create-credential`). The
/// API mails the recipient unless the group says otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct IssueCredential(pub NewCredential);

impl Endpoint for IssueCredential {
    type Response = Credential;

    const NAME: &'static str = "credentials.issue";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Reconcile;
    const NOT_FOUND_CODE: &'static str = "group_not_found";

    fn path(&self) -> Cow<'static, str> {
        "/v1/credentials/new".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }

    fn trace(&self) -> Trace<'_> {
        Trace::Credential(&self.0)
    }

    fn check_response(&self, response: &Credential) -> Result<(), ResponseFlaw> {
        require_success(response)
    }
}

/// `credentials.publish`: publishes a draft (`POST /v1/credential/{document_id}/publish`, vendor page
/// `publish-credential`). Publication is queued: the credential need not be `active` right after.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishCredential {
    /// Id of the credential.
    pub document_id: DocumentId,
}

impl Endpoint for PublishCredential {
    type Response = DoneWithMessage;

    const NAME: &'static str = "credentials.publish";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Publish;
    const NOT_FOUND_CODE: &'static str = "credential_not_found";

    fn path(&self) -> Cow<'static, str> {
        credential_path(&self.document_id, "/publish")
    }

    fn trace(&self) -> Trace<'_> {
        Trace::Publication(&self.document_id)
    }
}

/// `credentials.view`: reads a credential (`GET /v1/credential/{document_id}/view`, vendor page `view-credential`).
#[derive(Clone, Debug, PartialEq)]
pub struct ViewCredential {
    /// Id of the credential.
    pub document_id: DocumentId,
}

impl Endpoint for ViewCredential {
    type Response = Credential;

    const NAME: &'static str = "credentials.view";
    const METHOD: Method = Method::Get;
    const RETRY: RetrySafety = RetrySafety::Safe;
    const NOT_FOUND_CODE: &'static str = "credential_not_found";

    fn path(&self) -> Cow<'static, str> {
        credential_path(&self.document_id, "/view")
    }

    fn check_response(&self, response: &Credential) -> Result<(), ResponseFlaw> {
        require_success(response)?;
        if response.document_id == self.document_id { Ok(()) } else { Err(ResponseFlaw::OtherId) }
    }
}

/// `credentials.update`: sets or removes the expiry (`POST /v1/credential/{document_id}/update`, vendor page
/// `update-credential`).
#[derive(Clone, Debug, PartialEq)]
pub struct UpdateCredential {
    /// Id of the credential.
    pub document_id: DocumentId,
    /// The change.
    pub expiry: Expiry,
}

from_value_struct! {
    /// What `credentials.update` sends. Source: vendor page `update-credential`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "UpdateCredentialParams"))]
    pub struct Expiry {
        /// When it expires, in seconds since 1970 (JavaScript may pass a `Date`); `null`: never. It must be given: leaving it
        /// out would erase the expiry.
        pub expiry: ExpiryTime,
    }
}

/// When a credential expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum ExpiryTime {
    /// Not at all: `null`.
    Never,
    /// Seconds since 1970.
    At(UnixSeconds),
}

impl FromValue for ExpiryTime {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        match value {
            Some(Value::Null) => Some(Self::Never),
            value => UnixSeconds::from_value(value, path, issues).map(Self::At),
        }
    }
}

impl Endpoint for UpdateCredential {
    type Response = Done;

    const NAME: &'static str = "credentials.update";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;
    const NOT_FOUND_CODE: &'static str = "credential_not_found";

    fn path(&self) -> Cow<'static, str> {
        credential_path(&self.document_id, "/update")
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.expiry))
    }
}

/// `credentials.list`: a page of all credentials, the last published first (`POST /v1/credentials/all`, vendor page
/// `list-credentials`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ListCredentials(pub PageSelection);

impl Endpoint for ListCredentials {
    type Response = CredentialPage;

    const NAME: &'static str = "credentials.list";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/credentials/all".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(&self.0))
    }
}

from_value_struct! {
    /// `credentials.search`: a page of the credentials that match everything given (`POST /v1/credentials/search`, vendor page
    /// `search-credentials`). Names, addresses and keys match in part: a hit does not prove equality.
    #[derive(Clone, Debug, Default, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "SearchCredentialsParams", optional_fields))]
    pub struct SearchCredentials where check_dates {
        /// Matched in part: compare what the search returns.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub recipient: Option<RecipientFilter>,
        /// Matched in part: compare what the search returns.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub group_key: Option<Text>,
        /// Matched in part against `document_id`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub credential_key: Option<Text>,
        /// Values that the credential's attributes must have. Every key begins with `custom_`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub custom_attributes: Option<CustomAttributes>,
        /// Issued on or after this day, `YYYY/MM/DD`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub start_date: Option<Date>,
        /// Issued on or before this day, `YYYY/MM/DD`; only together with `start_date`.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub end_date: Option<Date>,
        /// The page, from 1. Default 1.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub page: Option<PageNumber>,
        /// Entries per page. Default 50, the API's own. Its maximum is not documented.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub page_size: Option<PageNumber>,
    }

    /// The recipient in a search.
    #[derive(Clone, Debug, Default, PartialEq, Serialize)]
    #[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(optional_fields))]
    pub struct RecipientFilter {
        /// Part of the name.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub name: Option<VisibleText>,
        /// Part of the address.
        #[serde(skip_serializing_if = "Absent::is_absent")]
        pub email: Option<VisibleText>,
    }
}

fn check_dates(members: &mut Members<'_>) {
    let complete = !members.has("end_date") || members.has("start_date");
    members.require(complete, "start_date", Rule::NeededBeside);
}

impl Endpoint for SearchCredentials {
    type Response = CredentialPage;

    const NAME: &'static str = "credentials.search";
    const METHOD: Method = Method::Post;
    const RETRY: RetrySafety = RetrySafety::Safe;

    fn path(&self) -> Cow<'static, str> {
        "/v1/credentials/search".into()
    }

    fn body(&self) -> Option<String> {
        Some(json::to_string(self))
    }

    fn issues(&self) -> Vec<Issue> {
        issues_of(self)
    }
}

fn credential_path(document_id: &DocumentId, action: &str) -> Cow<'static, str> {
    ["/v1/credential/", document_id.as_str(), action].concat().into()
}

fn require_success(response: &Credential) -> Result<(), ResponseFlaw> {
    let missing = || ResponseFlaw::Shape(Issue::new("success", Rule::Required));
    response.success.map(drop).ok_or_else(missing)
}
