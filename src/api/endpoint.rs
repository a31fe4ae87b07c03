//! What an operation of the API is: the trait that every request implements.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::model::{DocumentId, NewCredential};
use crate::validate::Issue;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
}

impl Method {
    /// As HTTP spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// What a lost response means for sending the request again. No idempotency keys are documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetrySafety {
    /// Reads and overwrites: a second request does what the first did.
    Safe,
    /// `publish`: the API refuses a second request with `invalid_status` if the first was carried out; a `view` shows whether it was.
    Publish,
    /// Creates a credential. It is retried only when a search does not find the credential in the account.
    Reconcile,
    /// Creates something that no search can find safely. It is retried only when the API refused the request.
    Never,
}

impl RetrySafety {
    /// The name of the kind, e.g. `reconcile`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Publish => "publish",
            Self::Reconcile => "reconcile",
            Self::Never => "never",
        }
    }
}

/// What a lost request would have left in the account, for reconciling.
#[derive(Clone, Copy, Debug)]
pub enum Trace<'a> {
    /// Nothing that can be found.
    None,
    /// A credential like this.
    Credential(&'a NewCredential),
    /// The publication of this credential.
    Publication(&'a DocumentId),
}

/// An operation of the API. The type is the request; adding an operation is a struct and this `impl`, in one file.
pub trait Endpoint {
    /// What the API returns when it carried the request out.
    type Response: DeserializeOwned;

    /// The name of the call, as errors and events have it, e.g. `credentials.view`.
    const NAME: &'static str;
    /// The HTTP method.
    const METHOD: Method;
    /// Whether a lost request may be sent again.
    const RETRY: RetrySafety;
    /// The code of a 404 that has none.
    const NOT_FOUND_CODE: &'static str = "not_found";

    /// The path, from `/v1`. Ids in it are newtypes, so nothing else can enter it.
    fn path(&self) -> Cow<'static, str>;

    /// The JSON text of the body.
    fn body(&self) -> Option<String> {
        None
    }

    /// Every rule between fields that the request breaks. What a single field must be, its type holds.
    fn issues(&self) -> Vec<Issue> {
        Vec::new()
    }

    /// What the request leaves in the account.
    fn trace(&self) -> Trace<'_> {
        Trace::None
    }

    /// Checks what the type of the response cannot hold.
    ///
    /// # Errors
    /// What is wrong with the response.
    fn check_response(&self, response: &Self::Response) -> Result<(), ResponseFlaw> {
        let _ = response;
        Ok(())
    }
}

/// Why a well-formed response is not one to this request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseFlaw {
    /// It breaks a rule.
    Shape(Issue),
    /// It is about another credential than the one in the request.
    OtherId,
}

/// What is fixed about an operation, whatever the request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// As [`Endpoint::NAME`].
    pub name: &'static str,
    /// As [`Endpoint::METHOD`].
    pub method: Method,
    /// As [`Endpoint::RETRY`].
    pub retry: RetrySafety,
    /// As [`Endpoint::NOT_FOUND_CODE`].
    pub not_found_code: &'static str,
}

impl Operation {
    /// Describes the operation of an endpoint.
    pub const fn of<E: Endpoint>() -> Self {
        Self { name: E::NAME, method: E::METHOD, retry: E::RETRY, not_found_code: E::NOT_FOUND_CODE }
    }
}
