//! The request of an endpoint without its type, so that the loop of attempts is compiled once and not for every endpoint.

use std::borrow::Cow;
use std::cell::RefCell;

use super::Response;
use crate::api::{Endpoint, Operation, ResponseFlaw, Trace};
use crate::error::{Error, ErrorClass};
use crate::json;
use crate::model::BaseUrl;
use crate::validate::Issue;

/// An endpoint without the type of its response, for callers that pass the text of the response on. Every [`Endpoint`] is one.
pub trait AnyEndpoint {
    /// What is fixed about the operation.
    fn operation(&self) -> Operation;
    /// As [`Endpoint::path`].
    fn path(&self) -> Cow<'static, str>;
    /// As [`Endpoint::body`].
    fn body(&self) -> Option<String>;
    /// As [`Endpoint::issues`].
    fn issues(&self) -> Vec<Issue>;
    /// As [`Endpoint::trace`].
    fn trace(&self) -> Trace<'_>;
    /// Reads the text of a response.
    ///
    /// # Errors
    /// Why it is not as documented.
    fn accept(&self, text: &str) -> Result<(), Rejection>;
}

impl<E: Endpoint> AnyEndpoint for E {
    fn operation(&self) -> Operation {
        Operation::of::<E>()
    }

    fn path(&self) -> Cow<'static, str> {
        Endpoint::path(self)
    }

    fn body(&self) -> Option<String> {
        Endpoint::body(self)
    }

    fn issues(&self) -> Vec<Issue> {
        Endpoint::issues(self)
    }

    fn trace(&self) -> Trace<'_> {
        Endpoint::trace(self)
    }

    fn accept(&self, text: &str) -> Result<(), Rejection> {
        accept(self, text).map(drop)
    }
}

/// An endpoint that keeps what it read.
pub(super) struct Keeping<'a, E: Endpoint> {
    endpoint: &'a E,
    data: RefCell<Option<E::Response>>,
}

impl<'a, E: Endpoint> Keeping<'a, E> {
    pub(super) fn new(endpoint: &'a E) -> Self {
        Self { endpoint, data: RefCell::new(None) }
    }

    /// Adds the data to the response that it was read from.
    pub(super) fn complete(self, response: Response<()>) -> Result<Response<E::Response>, Error> {
        let Response { data: (), text, status, request_id, age, attempts, reconciled } = response;
        match self.data.into_inner() {
            Some(data) => Ok(Response { data, text, status, request_id, age, attempts, reconciled }),
            None => Err(Error::new(ErrorClass::Internal, "internal", E::NAME, "a response was not read")),
        }
    }
}

impl<E: Endpoint> AnyEndpoint for Keeping<'_, E> {
    fn operation(&self) -> Operation {
        Operation::of::<E>()
    }

    fn path(&self) -> Cow<'static, str> {
        self.endpoint.path()
    }

    fn body(&self) -> Option<String> {
        self.endpoint.body()
    }

    fn issues(&self) -> Vec<Issue> {
        self.endpoint.issues()
    }

    fn trace(&self) -> Trace<'_> {
        self.endpoint.trace()
    }

    fn accept(&self, text: &str) -> Result<(), Rejection> {
        let response = accept(self.endpoint, text)?;
        self.data.replace(Some(response));
        Ok(())
    }
}

/// What the loop of attempts needs to know of a request.
pub(super) struct Request<'a> {
    pub(super) operation: Operation,
    pub(super) url: String,
    pub(super) body: Option<String>,
    pub(super) trace: Trace<'a>,
}

impl<'a> Request<'a> {
    pub(super) fn new(endpoint: &'a dyn AnyEndpoint, base_url: &BaseUrl) -> Self {
        Self {
            operation: endpoint.operation(),
            url: [base_url.as_str().trim_end_matches(['/']), &endpoint.path()].concat(),
            body: endpoint.body(),
            trace: endpoint.trace(),
        }
    }
}

/// Reads the text of a response with the status of a success, and keeps what it read.
pub(super) type Accept<'a> = dyn FnMut(&str) -> Result<(), Rejection> + 'a;

/// Why a response is not as documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// It cannot be read.
    Json(json::Error),
    /// It is not a response to this request.
    Flaw(ResponseFlaw),
}

impl From<json::Error> for Rejection {
    fn from(error: json::Error) -> Self {
        Self::Json(error)
    }
}

impl From<ResponseFlaw> for Rejection {
    fn from(flaw: ResponseFlaw) -> Self {
        Self::Flaw(flaw)
    }
}

/// Reads the response of an endpoint.
pub(super) fn accept<E: Endpoint>(endpoint: &E, text: &str) -> Result<E::Response, Rejection> {
    let response = json::from_str(text)?;
    endpoint.check_response(&response)?;
    Ok(response)
}
