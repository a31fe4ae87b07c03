//! Owns the border to JavaScript: a call is a session that JavaScript carries on. Each step takes what happened and gives
//! what is to be done next (send this, wait so long, that is the end), both as text. Nothing in here waits for
//! JavaScript, holds a value of it or is called back by it. No logic lives here.

#[cfg(feature = "trap")]
mod trap;

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use crate::client::{self, Answer, Event, Fault, Host, Outgoing};
use crate::credential_url;
use crate::error::{Cause, Error, Failure};
use crate::json::Value;
use crate::json_writer::JsonWriter;
use crate::operations::{self, Operation};
use crate::response::{Incoming, Secrets};
use crate::settings::Settings;
use crate::shape::{Issue, Rule};
use crate::verification;
use crate::verification_options::Options;
use crate::verifier;

#[wasm_bindgen]
extern "C" {
    /// Unicode compatibility form, lower case; the tables are the runtime's.
    #[wasm_bindgen(js_name = foldName)]
    fn folded(name: &str) -> String;
}

/// Makes names comparable: case, form and white space aside.
fn fold_name(name: &str) -> String {
    let folded = folded(name);
    let words = folded.split(char::is_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// A call under way.
#[wasm_bindgen]
pub struct Session {
    state: Rc<State>,
    course: Pin<Box<dyn Future<Output = String>>>,
}

/// What a session and its host pass to each other.
#[derive(Default)]
struct State {
    /// What is to be done, from the host.
    action: RefCell<String>,
    /// What became of it, from JavaScript.
    event: RefCell<Option<(String, Vec<u8>)>>,
    now_ms: Cell<f64>,
    random: Cell<f64>,
    /// The token, where it is no function.
    token: Option<String>,
    /// Whether anybody wants to be told of what happens.
    observed: bool,
    /// Negative where nothing has been spent yet.
    quota: Cell<f64>,
    told: RefCell<String>,
}

/// Begins a call: an operation, `verify`, or `ask` (a verifying service at `argument`). The first step makes it. Without
/// `token`, that is asked for at every attempt; `observed`: whether anybody wants to be told of what happens.
#[wasm_bindgen]
pub fn begin(
    observed: bool,
    verb: String,
    subject: Option<String>,
    argument: Option<String>,
    options: String,
    settings: String,
    token: Option<String>,
) -> Session {
    let state = Rc::new(State { token, observed, ..State::default() });
    let host = Coroutine(Rc::clone(&state));
    let course: Pin<Box<dyn Future<Output = String>>> = Box::pin(async move {
        let ended = match verb.as_str() {
            "verify" => verify(&host, subject, &options, &settings).await,
            "ask" => ask(&host, subject, &argument.unwrap_or_default(), &options, &settings).await,
            _ => call(&host, &verb, subject.as_deref(), argument.as_deref(), &settings).await,
        };
        match ended {
            Ok(done) => done,
            Err(Failure::Error(error)) => ["error\n", &error.to_json()].concat(),
            Err(Failure::Aborted) => "aborted\n".to_owned(),
        }
    });
    Session { state, course }
}

#[wasm_bindgen]
impl Session {
    /// Takes what happened (nothing at the first step) and goes on as far as it gets. Gives what was told meanwhile, a line
    /// each, an empty line, and what is to be done: a word, and on the next line its details.
    pub fn step(&mut self, event: String, body: Vec<u8>, now_ms: f64, random: f64, quota: f64) -> String {
        #[cfg(feature = "trap")]
        trap::at("step");
        let state = &self.state;
        state.now_ms.set(now_ms);
        state.random.set(random);
        state.quota.set(quota);
        state.event.replace(Some((event, body)));
        let done = match self.course.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => done,
            Poll::Pending => state.action.take(),
        };
        [&state.told.take(), "\n", &done].concat()
    }

    /// What is left for repeats after the step.
    #[wasm_bindgen(getter)]
    pub fn quota(&self) -> f64 {
        self.state.quota.get()
    }
}

/// The host that JavaScript is, asked for one thing at a time.
struct Coroutine(Rc<State>);

impl Coroutine {
    /// Has `action` done; gives what became of it.
    async fn ask(&self, action: String) -> (String, Vec<u8>) {
        // What the last step brought has been taken.
        self.0.event.take();
        self.0.action.replace(action);
        core::future::poll_fn(|_| self.0.event.take().map_or(Poll::Pending, Poll::Ready)).await
    }
}

/// `timeout`, `aborted` and the like.
fn fault(event: &str, details: Value<'_>, secrets: &Secrets<'_>) -> Fault {
    match event {
        "aborted" => Fault::Aborted,
        "timeout" => Fault::Timeout,
        "too_large" => Fault::TooLarge,
        "redirect" => Fault::Redirect { status: status(Some(details)) },
        _ => {
            let text = |name: &str| {
                let text = details.get(name).and_then(Value::string)?;
                secrets.publishable(&text).map(str::to_owned)
            };
            let name = text("name").unwrap_or_else(|| "Error".to_owned());
            Fault::Lost(Cause { name, code: text("code"), message: text("message").unwrap_or_default() })
        }
    }
}

/// A status that is none is 0, which is no success.
fn status(number: Option<Value<'_>>) -> u16 {
    number.and_then(Value::integer).and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
}

fn split(event: &str) -> (&str, &str) {
    crate::text::split(event, b'\n').unwrap_or((event, ""))
}

impl Host for Coroutine {
    async fn token(&self, timeout_ms: u64) -> Result<String, Fault> {
        if let Some(token) = &self.0.token {
            return Ok(token.clone());
        }
        let (event, _) = self.ask(action("token", |json| json.number(ms(timeout_ms)))).await;
        let (what, details) = split(&event);
        if what == "done" {
            Ok(details.to_owned())
        } else {
            Err(fault(what, Value::checked("{}"), &Secrets { token: "" }))
        }
    }

    async fn send(&self, request: &Outgoing<'_>) -> Result<Incoming, Fault> {
        let action = action("send", |json| {
            json.object(|json| {
                json.key("url").string(request.url);
                json.key("method").string(request.method);
                json.key("headers").object(|json| {
                    for (name, value) in request.headers {
                        json.key(name).string(value);
                    }
                    json.key("accept").string("application/json");
                    if let Some(token) = request.token {
                        json.key("authorization").string(&["Bearer ", token].concat());
                    }
                    if request.body.is_some() {
                        json.key("content-type").string("application/json");
                    }
                });
                if let Some(body) = request.body {
                    json.key("body").string(body);
                }
                json.key("idHeader").string(request.request_id_header);
                json.key("ms").number(ms(request.timeout_ms));
                json.key("most").number(ms(request.max_response_bytes));
            });
        });
        let (event, body) = self.ask(action).await;
        let (what, details) = split(&event);
        let details = Value::checked(details);
        if what != "done" {
            return Err(fault(what, details, &Secrets { token: request.token.unwrap_or_default() }));
        }
        let text = |name: &str| details.get(name).and_then(Value::string).map(alloc::borrow::Cow::into_owned);
        Ok(Incoming {
            status: status(details.get("status")),
            content_type: text("type"),
            retry_after: text("retryAfter"),
            request_id: text("requestId"),
            age_s: text("age"),
            body,
        })
    }

    async fn pause(&self, wait_ms: u64) -> Result<(), Fault> {
        let (event, _) = self.ask(action("wait", |json| json.number(ms(wait_ms)))).await;
        if event == "done" { Ok(()) } else { Err(Fault::Aborted) }
    }

    fn now_ms(&self) -> i64 {
        self.0.now_ms.get() as i64
    }

    fn random(&self) -> f64 {
        self.0.random.get()
    }

    fn quota(&self) -> Option<u32> {
        let quota = self.0.quota.get();
        (quota >= 0.0).then_some(quota as u32)
    }

    fn set_quota(&self, quota: u32) {
        self.0.quota.set(f64::from(quota));
    }

    fn tell(&self, operation: &'static Operation, attempt: u32, event: &Event<'_>) {
        if !self.0.observed {
            return;
        }
        let mut told = self.0.told.borrow_mut();
        told.push_str(event.name());
        told.push_str(&event.to_json(operation.name, attempt));
        told.push('\n');
    }
}

fn ms(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

fn action(word: &str, details: impl FnOnce(&mut JsonWriter)) -> String {
    let mut json = JsonWriter::default();
    details(&mut json);
    [word, "\n", &json.into_text()].concat()
}

/// Stands for an id that is there and no string; no grammar admits it.
const NO_STRING: &str = "\0";

fn given(subject: Option<String>, operation: &'static str, name: &str) -> Result<String, Failure> {
    subject.ok_or_else(|| Error::invalid(operation, vec![Issue::new(name, Rule::String)]).into())
}

async fn call(
    host: &Coroutine,
    operation: &str,
    id: Option<&str>,
    body: Option<&str>,
    settings: &str,
) -> Result<String, Failure> {
    let operation = operations::by_name(operation)
        .ok_or_else(|| Error::invalid("call", vec![Issue::new("operation", Rule::OneOf)]))?;
    let settings = Settings::read(operation.name, settings)?;
    if let (Some(NO_STRING), Some((name, _))) = (id, operation.id) {
        return Err(Error::invalid(operation.name, vec![Issue::new(name, Rule::String)]).into());
    }
    let answer = client::call(host, &settings, operation, id, body).await?;
    Ok(ended(&answer))
}

/// The frame of an answer and, on the next line, the text of what it says; no line where that is the body as it came, which
/// JavaScript has.
fn ended(answer: &Answer) -> String {
    let frame = action("done", |json| {
        json.object(|json| {
            json.key("status").number(i64::from(answer.status));
            if let Some(id) = &answer.request_id {
                json.key("requestId").string(id);
            }
            json.key("attempts").number(i64::from(answer.attempts));
            json.key("reconciled").boolean(answer.reconciled);
        });
    });
    match &answer.instead {
        Some(text) => [&frame, "\n", text].concat(),
        None => frame,
    }
}

async fn verify(host: &Coroutine, input: Option<String>, options: &str, settings: &str) -> Result<String, Failure> {
    let input = given(input, "verify", "input")?;
    let policy = Options::read("verify", options)?.policy;
    let settings = Settings::read("verify", settings)?;
    let result = verification::verify(host, &settings, &input, &policy, fold_name).await?;
    Ok(["done\n", &result.to_json(&policy)].concat())
}

async fn ask(
    host: &Coroutine,
    input: Option<String>,
    endpoint: &str,
    options: &str,
    settings: &str,
) -> Result<String, Failure> {
    let input = given(input, "verify", "input")?;
    let policy = Options::read("verify", options)?.policy;
    let settings = Settings::read("verify", settings)?;
    let text = verifier::ask(host, &settings, endpoint, &input, &policy).await?;
    Ok(["done\n", &text].concat())
}

/// Reads a pasted link without a network. Gives `{ok, …}`, or an error as a session ends with.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn parse(text: Option<String>, options: String) -> String {
    #[cfg(feature = "trap")]
    trap::at("parse");
    let result = || {
        let text = given(text, "parseCredentialUrl", "text")?;
        let policy = Options::read("parseCredentialUrl", &options)?.policy;
        Ok::<_, Failure>(["done\n", &credential_url::describe(&text, &policy.hosts)].concat())
    };
    match result() {
        Ok(found) => found,
        Err(Failure::Error(error)) => ["error\n", &error.to_json()].concat(),
        Err(Failure::Aborted) => String::new(),
    }
}

/// The rule that a text breaks as JSON (`duplicate_key`, say), or nothing. For what did not come by a session: a
/// webhook's body is judged like an answer.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn flaw(text: String) -> String {
    Value::parse(&text).err().map_or_else(String::new, |flaw| flaw.rule().to_owned())
}
