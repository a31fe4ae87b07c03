//! The client: sends the requests of `api` on a [`Transport`], retries what may be retried, and finds out whether a lost
//! request was carried out.

mod config;
mod event;
mod retry;

pub use config::{
    CallOptions, ClientConfig, LimitOptions, Limits, RetryQuota, TokenProvider, TokenSource, TokenUnavailable,
};
pub use event::Event;

use crate::api::Endpoint;
use crate::error::{Error, ErrorClass};
use crate::transport::Transport;

/// A client of the API. Its calls share a configuration, a retry quota and a transport.
pub struct Client<T: Transport> {
    transport: T,
    config: ClientConfig,
}

/// A response as documented.
#[derive(Clone, Debug, PartialEq)]
pub struct Response<D> {
    /// The data of the response.
    pub data: D,
    /// The JSON text that the data was read from. It also holds what the type does not know.
    pub text: String,
    /// HTTP status.
    pub status: u16,
    /// Value of the configured request id header, if the response had one.
    pub request_id: Option<String>,
    /// Seconds in caches (`Age`), as sent.
    pub age: Option<String>,
    /// Requests of the operation that were sent.
    pub attempts: u32,
    /// The response was lost; what it would have held was read from the account.
    pub reconciled: bool,
}

impl<T: Transport> Client<T> {
    /// Creates a client. Nothing is sent before the first call.
    pub fn new(transport: T, config: ClientConfig) -> Self {
        Self { transport, config }
    }

    /// The transport.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// The configuration.
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Sends a request with the client's own limits.
    ///
    /// # Errors
    /// Whatever the API refused, or went wrong on the way; [`ErrorClass`] lists it.
    pub async fn send<E: Endpoint>(&self, endpoint: E) -> Result<E::Response, Error> {
        self.send_with(&endpoint, &CallOptions::default()).await.map(|response| response.data)
    }

    /// Sends a request with options of its own, and returns what else is known of the response.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_with<E: Endpoint>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> Result<Response<E::Response>, Error> {
        let result = self.lookup(endpoint, options).await;
        if let (Err(error), Some(on_event)) = (&result, &self.config.on_event) {
            on_event(&Event::from(error));
        }
        result
    }

    /// The same without an event for an error that `verify` turns into an indeterminate verdict.
    pub(crate) async fn lookup<E: Endpoint>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> Result<Response<E::Response>, Error> {
        let _ = (endpoint, options);
        self.transport.sleep(0).await;
        Err(Error::new(ErrorClass::Internal, "not_implemented", E::NAME, "not implemented yet"))
    }
}
