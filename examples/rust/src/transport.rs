//! Sends the client's requests with `ureq`, on Tokio's threads for blocking work.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyperstack_credentials::error::Cause;
use hyperstack_credentials::model::Timestamp;
use hyperstack_credentials::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use ureq::http::{HeaderMap, Request};
use ureq::{Agent, Error};

/// Ends a request that nothing waits for any more. The client's own timeout is 30 seconds.
const LONGEST_REQUEST: Duration = Duration::from_mins(1);

/// A connection pool. Create one and share it.
#[derive(Debug)]
pub struct UreqTransport(Agent);

impl UreqTransport {
    /// Creates a pool that does not handle statuses or redirects: the client does.
    pub fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could send the token to another host.
            .max_redirects(0)
            .timeout_global(Some(LONGEST_REQUEST))
            .build();
        Self(Agent::new_with_config(config))
    }
}

impl Default for UreqTransport {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for UreqTransport {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let (agent, request) = (self.0.clone(), request.clone());
        tokio::task::spawn_blocking(move || exchange(&agent, request))
            .await
            .map_err(|ended| connection("JoinError", &ended))?
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    fn now(&self) -> Timestamp {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_ms(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }

    fn random(&self) -> f64 {
        rand::random()
    }
}

fn exchange(agent: &Agent, request: HttpRequest) -> Result<HttpResponse, TransportError> {
    let limit = request.max_response_bytes;
    let mut builder = Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let sent = match request.body {
        Some(body) => agent.run(builder.body(body).map_err(Error::Http).map_err(failure)?),
        None => agent.run(builder.body(()).map_err(Error::Http).map_err(failure)?),
    };
    let mut response = sent.map_err(failure)?;
    let status = response.status().as_u16();
    if (300..400).contains(&status) {
        return Err(TransportError::Redirect { status: Some(status) });
    }
    let body = response.body_mut().with_config().limit(limit).read_to_vec().map_err(failure)?;
    let header = |name: &str| header(response.headers(), name);
    Ok(HttpResponse {
        status,
        content_type: header("content-type"),
        retry_after: header("retry-after"),
        age: header("age"),
        request_id: header(&request.request_id_header),
        body,
    })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn failure(error: Error) -> TransportError {
    match error {
        Error::BodyExceedsLimit(_) => TransportError::TooLarge,
        other => connection("ureq::Error", &other),
    }
}

/// The client removes the token and addresses from the message.
fn connection(name: &str, error: &dyn std::error::Error) -> TransportError {
    TransportError::Connection(Cause { name: name.to_owned(), message: error.to_string(), code: None })
}
