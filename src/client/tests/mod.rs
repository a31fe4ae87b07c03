//! Calls against a scripted transport: what is sent, when, and how the call ends.

mod options;
mod reconciliation;
mod responses;
mod retries;

use std::cell::RefCell;
use std::rc::Rc;

use futures_executor::block_on;

use super::{CallOptions, Client, ClientConfig, Event, LimitOptions, Response};
use crate::api::{CreateGroup, Endpoint, GenerateCredential, PublishCredential, ViewCredential};
use crate::error::Error;
use crate::json::{self, Value};
use crate::model::{DocumentId, GroupKey, NewCredential, NewRecipient, Text, Timestamp, Token};
use crate::transport::mock::{MockTransport, Reply};

/// When the mock's clock begins.
const STARTED_MS: i64 = 1_800_000_000_000;
const TOKEN: &str = "tok_secret";
const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
const GROUP_KEY: &str = "GcI6H5b66a3v";
const VIEWED: &str = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","recipient":{"name":"A","email":"a@example.com"},"group":{"title":"T","key":"K","code":"C"},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{},"status":"active"}"#;

fn config() -> ClientConfig {
    ClientConfig::new(Token::parse(TOKEN).unwrap())
}

fn client(replies: impl IntoIterator<Item = Reply>) -> Client<MockTransport> {
    Client::new(MockTransport::new(replies), config())
}

fn call<E: Endpoint>(client: &Client<MockTransport>, endpoint: &E) -> Result<Response<E::Response>, Error> {
    call_with(client, endpoint, &CallOptions::default())
}

fn call_with<E: Endpoint>(
    client: &Client<MockTransport>,
    endpoint: &E,
    options: &CallOptions,
) -> Result<Response<E::Response>, Error> {
    block_on(client.send_with(endpoint, options))
}

fn limits(limits: LimitOptions) -> CallOptions {
    CallOptions { limits, ..CallOptions::default() }
}

fn view() -> ViewCredential {
    ViewCredential { document_id: DocumentId::parse(ID).unwrap() }
}

fn publish() -> PublishCredential {
    PublishCredential { document_id: DocumentId::parse(ID).unwrap() }
}

fn generate() -> GenerateCredential {
    generate_for("a@example.com")
}

fn generate_for(email: &str) -> GenerateCredential {
    let recipient = NewRecipient { name: "A".parse().unwrap(), email: email.parse().unwrap() };
    GenerateCredential(NewCredential {
        recipient,
        group_key: GroupKey::parse(GROUP_KEY).unwrap(),
        custom_attributes: None,
    })
}

fn create_group() -> CreateGroup {
    let text = |text: &str| Text::parse(text).unwrap();
    CreateGroup(crate::model::NewGroup {
        title: "T".parse().unwrap(),
        description: text("D"),
        certificate_template: None,
        badge_template: Some(text("b")),
        url: None,
        tags: None,
        group_code: None,
        does_expire: None,
        validity: None,
        blockchain: None,
    })
}

fn unavailable() -> Reply {
    Reply::json(503, "{}")
}

fn exists() -> Reply {
    Reply::json(409, r#"{"success":false,"error":"x","error_code":"credential_exists"}"#)
}

/// Method, URL and body of each request.
fn sent(client: &Client<MockTransport>) -> Vec<String> {
    let requests = client.transport().requests();
    let describe = |request: &crate::transport::HttpRequest| {
        [request.method.as_str(), " ", &request.url, " ", request.body.as_deref().unwrap_or("-")].concat()
    };
    requests.iter().map(describe).collect()
}

/// Class and code of an error, and the path where the response is not as documented.
fn describe(error: &Error) -> String {
    let text = [error.class.name(), " ", &error.code, " ", error.path.as_deref().unwrap_or_default()].concat();
    text.trim_end().to_owned()
}

/// How a call ended: `response`, `reconciled`, or its error.
fn ending<D>(result: &Result<Response<D>, Error>) -> String {
    match result {
        Ok(response) if response.reconciled => "reconciled".to_owned(),
        Ok(_) => "response".to_owned(),
        Err(error) => describe(error),
    }
}

/// Collects the events of a client.
fn observe(config: &mut ClientConfig) -> Rc<RefCell<Vec<Event>>> {
    let events = Rc::new(RefCell::new(Vec::new()));
    let collected = Rc::clone(&events);
    config.on_event = Some(Rc::new(move |event: &Event| collected.borrow_mut().push(event.clone())));
    events
}

fn parsed(text: &str) -> Value {
    json::from_str(text).unwrap()
}

fn at(seconds_after_start: i64) -> String {
    Timestamp::from_ms(STARTED_MS).plus_seconds(seconds_after_start).to_iso()
}
