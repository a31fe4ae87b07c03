//! Verification against an account that responds as a test says.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, ready};
use std::rc::Rc;

use futures_executor::block_on;
use serde_json::Value as Json;

use crate::client::{CallOptions, Client, ClientConfig, LimitOptions};
use crate::json;
use crate::model::{Timestamp, Token};
use crate::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::validate::{FromValue, Issues, Path};
use crate::verify::{Policy, Verification, remote, verify};

/// How a request ends.
#[derive(Clone)]
pub(crate) enum Outcome {
    Response(HttpResponse),
    Failure(TransportError),
    /// No response, however long one waits.
    Silence,
}

/// A transport for one request. Time passes only where there is no response.
pub(crate) struct OneRequest {
    /// `None`: nothing may be sent.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) requests: RefCell<Vec<HttpRequest>>,
    is_silent: Cell<bool>,
}

impl OneRequest {
    pub(crate) fn new(outcome: Option<Outcome>) -> Self {
        Self { outcome, requests: RefCell::default(), is_silent: Cell::new(false) }
    }
}

impl Transport for OneRequest {
    fn send(&self, request: &HttpRequest) -> impl Future<Output = Result<HttpResponse, TransportError>> {
        self.requests.borrow_mut().push(request.clone());
        let outcome = self.outcome.clone().expect("nothing is sent");
        self.is_silent.set(matches!(outcome, Outcome::Silence));
        let result = match outcome {
            Outcome::Response(response) if response.body.len() as u64 > request.max_response_bytes => {
                Some(Err(TransportError::TooLarge))
            }
            Outcome::Response(response) => Some(Ok(response)),
            Outcome::Failure(error) => Some(Err(error)),
            Outcome::Silence => None,
        };
        async move {
            match result {
                Some(result) => ready(result).await,
                None => pending().await,
            }
        }
    }

    async fn sleep(&self, _ms: u64) {
        if !self.is_silent.get() {
            pending::<()>().await;
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(0)
    }

    fn random(&self) -> f64 {
        0.0
    }
}

/// Reads the options of `verify`.
pub(crate) fn policy(options: &Json) -> Policy {
    let mut issues = Issues::default();
    let policy = Policy::from_value(json::from_str(&options.to_string()).ok().as_ref(), &Path::Root, &mut issues);
    policy.unwrap_or_else(|| panic!("{:?}", issues.into_vec()))
}

pub(super) fn client(outcome: Option<Outcome>, events: &Rc<RefCell<Vec<String>>>) -> Client<OneRequest> {
    let mut config = ClientConfig::new(Token::parse("tok_secret").unwrap());
    let events = Rc::clone(events);
    config.on_event = Some(Rc::new(move |event| events.borrow_mut().push(json::to_string(event))));
    Client::new(OneRequest::new(outcome), config)
}

pub(super) fn no_retries() -> CallOptions {
    CallOptions { limits: LimitOptions { max_retries: Some(0), ..LimitOptions::default() }, ..CallOptions::default() }
}

/// The report about `input` if the account responds so, and every event of the call. `None`: nothing may be sent.
pub(super) fn verify_with(input: &str, outcome: Option<Outcome>, policy: &Policy) -> (Verification, Vec<String>) {
    let is_asked = outcome.is_some();
    let events = Rc::default();
    let client = client(outcome, &events);
    let report = block_on(verify(&client, input, policy, &no_retries())).expect("a report");
    assert_eq!(client.transport().requests.borrow().len(), usize::from(is_asked), "requests for {input:?}");
    if let Ok(subject) = crate::verify::link::parse(input, &policy.hosts) {
        // What this library reports, its own browser side accepts.
        let now = policy.now.unwrap_or(Timestamp::from_ms(0));
        let outcome = remote::check_text(&json::to_string(&report), &subject, policy, now);
        assert_eq!(outcome, Ok(report.outcome), "{}", json::to_string(&report));
    }
    (report, events.take())
}

/// The same as JSON.
pub(crate) fn verify_json(input: &str, outcome: Option<Outcome>, policy: &Policy) -> Json {
    read(&json::to_string(&verify_with(input, outcome, policy).0))
}

pub(crate) fn read(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A response with a JSON body.
pub(crate) fn response(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse {
        status,
        content_type: Some("application/json".to_owned()),
        body: body.into(),
        ..HttpResponse::default()
    }
}
