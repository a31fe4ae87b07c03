//! The operations of the API, one file per resource: request types that implement [`Endpoint`].

mod account;
mod credentials;
mod endpoint;
mod groups;
mod recipients;
#[cfg(test)]
mod tests;
mod webhooks;

pub use account::GetAccount;
pub use credentials::{
    Expiry, ExpiryTime, GenerateCredential, IssueCredential, ListCredentials, PublishCredential, RecipientFilter,
    SearchCredentials, UpdateCredential, ViewCredential,
};
pub use endpoint::{Endpoint, Method, Operation, ResponseFlaw, RetrySafety, Trace};
pub use groups::{CreateGroup, ListGroups, SearchGroups, UpdateGroup, ViewGroup};
pub use recipients::UpdateRecipient;
pub use webhooks::{SubscribeWebhook, UnsubscribeWebhook};

use serde::Serialize;

use crate::json;
use crate::validate::{FromValue, Issue, Issues, Path};

/// Every operation, for documentation and tests.
pub const OPERATIONS: &[Operation] = &[
    Operation::of::<GetAccount>(),
    Operation::of::<CreateGroup>(),
    Operation::of::<ViewGroup>(),
    Operation::of::<UpdateGroup>(),
    Operation::of::<ListGroups>(),
    Operation::of::<SearchGroups>(),
    Operation::of::<GenerateCredential>(),
    Operation::of::<IssueCredential>(),
    Operation::of::<PublishCredential>(),
    Operation::of::<ViewCredential>(),
    Operation::of::<UpdateCredential>(),
    Operation::of::<ListCredentials>(),
    Operation::of::<SearchCredentials>(),
    Operation::of::<UpdateRecipient>(),
    Operation::of::<SubscribeWebhook>(),
    Operation::of::<UnsubscribeWebhook>(),
];

/// The issues of a typed request: its rules between fields, checked as those of an untyped one.
pub(crate) fn issues_of<T: Serialize + FromValue>(request: &T) -> Vec<Issue> {
    let mut issues = Issues::default();
    let value: Option<json::Value> = json::from_str(&json::to_string(request)).ok();
    T::from_value(value.as_ref(), &Path::Root, &mut issues);
    issues.into_vec()
}
