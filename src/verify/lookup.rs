//! The result of looking up a credential in the issuer's account, in the form that the checks need.

use super::check::{FailureParams, Reason};
use crate::error::{Cause, Error, ErrorClass};
use crate::model::Credential;

/// The result of a lookup, by how far the response could be read.
#[derive(Debug)]
pub(crate) enum Lookup<'a> {
    /// There is no response from the API that could be read as one.
    NoResponse(Failure),
    /// The API says, in its own words, that the account has no such credential.
    NotFound,
    /// The response is not JSON, or not as documented.
    Unreadable(Failure),
    /// The response is about another credential.
    OtherCredential(Failure),
    /// The response.
    Credential(CredentialResponse<'a>),
}

/// A response of the API that was read as a credential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CredentialResponse<'a> {
    pub(crate) credential: &'a Credential,
    /// The HTTP status.
    pub(crate) status: u16,
    /// The `Age` header as it was sent.
    pub(crate) age: Option<&'a str>,
}

/// Why the lookup did not return a credential.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    pub(crate) params: FailureParams,
    /// Seconds that the upstream asked to wait.
    pub(crate) retry_after_s: Option<u64>,
}

impl<'a> Lookup<'a> {
    /// Reads the result of `credentials.view`.
    ///
    /// # Errors
    /// A `Validation` error is the caller's: a token that cannot be sent says nothing about a credential.
    pub(crate) fn of(result: Result<CredentialResponse<'a>, &Error>) -> Result<Self, Error> {
        Ok(match result {
            // Another success (201, 206) is not documented for this request, whatever its body looks like.
            Ok(response) if response.status != 200 || response.credential.success.is_none() => {
                Self::Unreadable(Failure::because(Reason::BadShape))
            }
            Ok(response) => Self::Credential(response),
            Err(error) if error.class == ErrorClass::Validation => return Err(error.clone()),
            // Only a 404: a `success: false` with status 200 is not documented for this request.
            Err(error) if error.class == ErrorClass::NotFound && error.status == Some(404) => Self::NotFound,
            Err(error) => Self::failed(Failure::of(error)),
        })
    }

    /// The lookup that failed for this reason.
    pub(crate) fn failed(failure: Failure) -> Self {
        match failure.reason {
            Reason::Network
            | Reason::Timeout
            | Reason::RateLimited
            | Reason::Upstream5xx
            | Reason::UpstreamRedirect
            | Reason::Unauthorized
            | Reason::Forbidden
            | Reason::BadContentType
            | Reason::BodyTooLarge => Self::NoResponse(failure),
            Reason::IdMismatch | Reason::UrlMismatch => Self::OtherCredential(failure),
            Reason::BadJson | Reason::BadShape | Reason::UnknownStatus | Reason::Stale => Self::Unreadable(failure),
        }
    }

    /// Why there is no credential, where the lookup failed.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match self {
            Self::NoResponse(failure) | Self::Unreadable(failure) | Self::OtherCredential(failure) => Some(failure),
            Self::NotFound | Self::Credential(_) => None,
        }
    }
}

impl Failure {
    /// A failure about which no more is known.
    pub(crate) fn because(reason: Reason) -> Self {
        Self { reason, params: FailureParams::default(), retry_after_s: None }
    }

    /// The failure that an error of the lookup means.
    fn of(error: &Error) -> Self {
        let reason = reason_of(error);
        let issue = error.issues.first();
        let params = FailureParams {
            path: issue.map(|issue| issue.path.clone()),
            rule: issue.map(|issue| issue.rule),
            http_status: error.status,
            cause: error.cause.as_ref().filter(|_| reason == Reason::Network).and_then(code_of),
        };
        Self { reason, params, retry_after_s: error.retry_after_ms.map(|ms| ms.div_ceil(1000)) }
    }

    /// The failure that a lost connection means.
    pub(crate) fn network(cause: &Cause) -> Self {
        let params = FailureParams { cause: code_of(cause), ..FailureParams::default() };
        Self { params, ..Self::because(Reason::Network) }
    }
}

/// The reason that an error of the lookup means. What is not listed is not documented for this request.
fn reason_of(error: &Error) -> Reason {
    match error.class {
        ErrorClass::Authentication => Reason::Unauthorized,
        ErrorClass::Permission => Reason::Forbidden,
        ErrorClass::RateLimit => Reason::RateLimited,
        ErrorClass::Server => Reason::Upstream5xx,
        ErrorClass::Timeout => Reason::Timeout,
        ErrorClass::Connection => Reason::Network,
        // A 404 that is not in the API's own words comes from a wrong address; a retry does not fix that.
        ErrorClass::Response if error.status == Some(404) => Reason::BadShape,
        // These codes are this package's own. The codes of other classes can be the API's, so they decide nothing.
        ErrorClass::Response => match &*error.code {
            "unexpected_redirect" => Reason::UpstreamRedirect,
            "bad_content_type" => Reason::BadContentType,
            "body_too_large" => Reason::BodyTooLarge,
            "bad_json" | "truncated" => Reason::BadJson,
            "id_mismatch" => Reason::IdMismatch,
            _ => Reason::BadShape,
        },
        ErrorClass::Validation
        | ErrorClass::NotFound
        | ErrorClass::Conflict
        | ErrorClass::InsufficientBalance
        | ErrorClass::BadRequest
        | ErrorClass::Internal => Reason::BadShape,
    }
}

/// The runtime's code, e.g. `ECONNREFUSED`, if it looks like one. Nothing else that the runtime says is repeated.
fn code_of(cause: &Cause) -> Option<String> {
    let is_code = |text: &&String| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    cause.code.as_ref().filter(is_code).cloned()
}
