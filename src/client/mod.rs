//! The client: sends the requests of `api` on a [`Transport`], retries what may be retried, and finds out whether a lost
//! request was carried out.

mod attempt;
mod config;
pub mod constants;
mod event;
mod reconcile;
mod request;
mod response;
mod retry;
#[cfg(test)]
mod tests;

pub use config::{
    CallOptions, ClientConfig, EventListener, LimitOptions, Limits, RetryQuota, TokenProvider, TokenSource,
    TokenUnavailable,
};
pub use event::Event;

pub use request::{AnyEndpoint, Rejection};

use attempt::Call;
use request::{Keeping, Request};

use crate::api::{Endpoint, RetrySafety};
use crate::error::{Error, ErrorClass};
use crate::transport::Transport;
use crate::validate::Rule;

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
    /// The API refused the request, or it failed on the way; [`ErrorClass`] lists the cases.
    pub async fn send<E: Endpoint>(&self, endpoint: E) -> Result<E::Response, Error> {
        self.send_with(&endpoint, &CallOptions::default()).await.map(|response| response.data)
    }

    /// Sends a request with its own options, and returns the data with status, request id and attempts.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_with<E: Endpoint>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> Result<Response<E::Response>, Error> {
        let keeping = Keeping::new(endpoint);
        let response = self.send_any(&keeping, options).await?;
        keeping.complete(response)
    }

    /// The same without the type of the response: its text was checked, and is all that is returned.
    ///
    /// # Errors
    /// As [`Client::send`].
    pub async fn send_any(&self, endpoint: &dyn AnyEndpoint, options: &CallOptions) -> Result<Response<()>, Error> {
        let result = self.call(endpoint, options).await;
        if let Err(error) = &result {
            self.report(error);
        }
        result
    }

    /// The same for `verify`, which turns errors into verdicts: only a lost connection is reported, for its cause.
    pub(crate) async fn lookup<E: Endpoint>(
        &self,
        endpoint: &E,
        options: &CallOptions,
    ) -> Result<Response<E::Response>, Error> {
        let keeping = Keeping::new(endpoint);
        let result = self.call(&keeping, options).await;
        if let Err(error) = &result
            && error.class == ErrorClass::Connection
        {
            self.report(error);
        }
        keeping.complete(result?)
    }

    fn report(&self, error: &Error) {
        if let Some(on_event) = &self.config.on_event {
            on_event(&Event::from(error));
        }
    }

    async fn call(&self, endpoint: &dyn AnyEndpoint, options: &CallOptions) -> Result<Response<()>, Error> {
        let operation = endpoint.operation();
        let issues = endpoint.issues();
        if !issues.is_empty() {
            return Err(Error::validation(operation.name, issues));
        }
        if options.may_exist_since.is_some() && operation.retry != RetrySafety::Reconcile {
            return Err(Error::invalid(operation.name, "mayExistSince", Rule::UnknownField));
        }
        let call = Call {
            transport: &self.transport,
            config: &self.config,
            limits: self.config.limits.with(&options.limits),
            headers: &options.headers,
            started: self.transport.now(),
            may_exist_since: options.may_exist_since,
        };
        let mut accept = |text: &str| endpoint.accept(text);
        let reply = call.begin(&Request::new(endpoint, &self.config.base_url), &mut accept).await?;
        let attempt::Reply { text, status, request_id, age, attempts, reconciled } = reply;
        Ok(Response { data: (), text, status, request_id, age, attempts, reconciled })
    }
}
