//! The request of an endpoint without its type, so that the loop of attempts is compiled once and not for every endpoint.

use crate::api::{Endpoint, Operation, ResponseFlaw, Trace};
use crate::json;
use crate::model::BaseUrl;

/// What the loop of attempts needs to know of a request.
pub(super) struct Request<'a> {
    pub(super) operation: Operation,
    pub(super) url: String,
    pub(super) body: Option<String>,
    pub(super) trace: Trace<'a>,
}

impl<'a> Request<'a> {
    pub(super) fn new<E: Endpoint>(endpoint: &'a E, base_url: &BaseUrl) -> Self {
        Self {
            operation: Operation::of::<E>(),
            url: [base_url.as_str().trim_end_matches('/'), &endpoint.path()].concat(),
            body: endpoint.body(),
            trace: endpoint.trace(),
        }
    }
}

/// Reads the text of a response with the status of a success, and keeps what it read.
pub(super) type Accept<'a> = dyn FnMut(&str) -> Result<(), Rejection> + 'a;

/// Why a response is not as documented.
pub(super) enum Rejection {
    Json(json::Error),
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
