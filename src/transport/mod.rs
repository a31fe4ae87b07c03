//! What the client needs of its surroundings: sending a request, time and chance. Everything above runs on any [`Transport`].

mod deadline;
#[cfg(target_arch = "wasm32")]
pub mod fetch;
#[cfg(not(target_arch = "wasm32"))]
pub mod mock;
mod response;

use std::future::Future;

use crate::api::Method;
use crate::error::Cause;
use crate::model::Timestamp;

pub(crate) use deadline::within;

/// Sends requests and waits.
///
/// A future that is dropped ends what it began: the request is aborted, the timer is cleared. So a call is cancelled by
/// dropping it.
pub trait Transport {
    /// Sends the request and reads the whole response.
    fn send(&self, request: &HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>>;

    /// Waits for so many milliseconds.
    fn sleep(&self, ms: u64) -> impl Future<Output = ()>;

    /// The current time.
    fn now(&self) -> Timestamp;

    /// A number from 0 up to 1, for jitter.
    fn random(&self) -> f64;
}

impl<T: Transport> Transport for &T {
    fn send(&self, request: &HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>> {
        (**self).send(request)
    }

    fn sleep(&self, ms: u64) -> impl Future<Output = ()> {
        (**self).sleep(ms)
    }

    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn random(&self) -> f64 {
        (**self).random()
    }
}

/// A request as it is sent. Redirects are not followed: they could take the token anywhere.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute address.
    pub url: String,
    /// Names are in lower case, except those that the caller added.
    pub headers: Vec<(String, String)>,
    /// JSON text.
    pub body: Option<String>,
    /// The largest response body that is read, in bytes.
    pub max_response_bytes: u64,
    /// The header that a request id is read from.
    pub request_id_header: String,
}

/// A response, its body complete.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// 0 where the response had none.
    pub status: u16,
    /// `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// Seconds in caches (`Age`), as sent.
    pub age: Option<String>,
    /// The value of the request id header.
    pub request_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The connection could not be made, or was lost. The cause is as the runtime gave it and may hold secrets.
    Connection(Cause),
    /// The body is larger than the limit.
    TooLarge,
    /// The response is a redirect. Browsers hide its status.
    Redirect {
        /// The HTTP status, if the platform shows it.
        status: Option<u16>,
    },
}
