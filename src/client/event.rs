//! What a client reports of its calls, for logs, traces and metrics.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::{Error, ErrorClass};

/// What happens during a call. Nothing in an event is secret: no token, no body, no address, no id of a credential.
///
/// `operation` is the operation that is requested: the search for a lost creation is `credentials.search`, also within a
/// `credentials.generate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "HyperstackEvent", optional_fields))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// A request is sent.
    Request {
        /// The operation, e.g. `credentials.view`.
        operation: &'static str,
        /// Counts the requests of this operation from 1.
        attempt: u32,
    },
    /// A response arrived, whatever it says.
    Response {
        /// The operation, e.g. `credentials.view`.
        operation: &'static str,
        /// The request that it is the response to, from 1.
        attempt: u32,
        /// Milliseconds from sending to the last byte.
        duration_ms: u64,
        /// Value of the configured request id header, if the response had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
        /// HTTP status.
        status: u16,
    },
    /// The request is sent again after `delay_ms`, because of `code`.
    Retry {
        /// The operation, e.g. `credentials.view`.
        operation: &'static str,
        /// The request that failed, from 1.
        attempt: u32,
        /// Milliseconds until it is sent again.
        delay_ms: u64,
        /// `code` of the error that it would have been, e.g. `rate_limited`.
        code: Cow<'static, str>,
        /// HTTP status, if there was a response.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// The call fails with this error.
    Error {
        /// The operation, e.g. `credentials.view`.
        operation: &'static str,
        /// Class of the error.
        name: ErrorClass,
        /// `code` of the error.
        code: Cow<'static, str>,
        /// Requests that were sent.
        attempts: u32,
        /// Whether the same call may be made again without harm and may end differently.
        retryable: bool,
        /// HTTP status, if there was a response.
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Value of the configured request id header, if the response had one.
        #[serde(skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
        /// The runtime's code of a lost connection, e.g. `ECONNREFUSED`.
        #[serde(skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
}

impl From<&Error> for Event {
    fn from(error: &Error) -> Self {
        Self::Error {
            operation: error.operation,
            name: error.class,
            code: error.code.clone(),
            attempts: error.attempts,
            retryable: error.retryable,
            status: error.status,
            request_id: error.request_id.clone(),
            cause: error.cause.as_ref().and_then(|cause| cause.code.clone()),
        }
    }
}
