//! The data of the API: what requests and responses hold, in the API's own spelling.
//!
//! Sources: the vendor's pages, named at each type; `docs/api-facts.md` lists what is documented and what is not.

mod account;
mod credential;
mod group;
mod page;
mod response;
mod strings;
#[cfg(test)]
mod tests;
mod timestamp;
mod webhook;

pub use account::Account;
pub use credential::{
    Credential, CredentialGroup, CredentialStatus, CustomAttributes, Metadata, NewCredential, NewRecipient, Privacy,
    Recipient,
};
pub use group::{CreatedGroup, FoundGroup, Group, GroupChanges, ListedGroup, NewGroup, Tags, Years};
pub use page::{CredentialPage, FoundGroupPage, ListedGroupPage, PageNumber, PageSelection};
pub use response::{Done, DoneWithMessage, Success};
pub(crate) use response::{nullable, present};
pub use strings::{
    BaseUrl, CustomKey, Date, DocumentId, EmailAddress, GroupCode, GroupKey, HeaderName, HeaderValue, Host, HttpUrl,
    NameToCompare, OwnHeaderName, PersonName, Personal, ServiceEndpoint, Tag, Text, Token, VisibleText,
};
pub(crate) use strings::{deserialize_string, open_enums};
pub use timestamp::{IsoTimestamp, Timestamp, UnixSeconds};
pub use webhook::WebhookEvent;
