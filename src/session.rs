//! Owns a call as JavaScript carries it on: text in, text out. A step takes what happened and gives what is to be done next
//! (docs/decisions/0008-sessions.md). What follows from what is decided in `client`, `verification` and `verifier`.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::client::{Action, Answer, Call, Fault, Happened, Outgoing, World};
use crate::credential_url::{self, Subject};
use crate::decimal;
use crate::error::{Cause, Error, Failure};
use crate::json::Value;
use crate::json_writer::JsonWriter;
use crate::operations::{self, CREDENTIALS_VIEW};
use crate::response::{Incoming, Secrets};
use crate::settings::Settings;
use crate::shape::Rule;
use crate::text;
use crate::verification::{self, MAX_ANSWER_BYTES, Policy, reject};
use crate::verifier::{self, Question};

/// What a call is made of. `verb` is an operation, `verify`, or `ask` (a verifying service at `argument`).
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) verb: String,
    pub(crate) subject: Option<String>,
    pub(crate) argument: Option<String>,
    pub(crate) options: String,
    pub(crate) settings: String,
    /// The token, where it is no function.
    pub(crate) token: Option<String>,
}

/// A call under way.
pub(crate) struct Session {
    pub(crate) asked: Asked,
    pub(crate) world: World,
    task: Option<Task>,
    doing: Doing,
}

enum Task {
    Call(Box<Call>),
    Verify(Box<Call>, Subject, Box<Policy>),
    Ask(Box<Question>, Subject, Box<Policy>),
}

/// What was to be done last.
enum Doing {
    Nothing,
    Token,
    Send,
    Wait,
}

/// Stands for an id that is there and no string; no grammar admits it.
const NO_STRING: &str = "\0";

impl Session {
    pub(crate) fn new(asked: Asked, world: World) -> Self {
        Self { asked, world, task: None, doing: Doing::Nothing }
    }

    /// Goes on with what happened (nothing at the first step). Gives what was told meanwhile, a line each, an empty line, and
    /// what is to be done: a word, and on the next line its details. `fold` makes names comparable.
    pub(crate) fn step(&mut self, event: &str, body: Vec<u8>, fold: fn(&str) -> String) -> String {
        let done = said(self.go_on(event, body, fold));
        [&core::mem::take(&mut self.world.told), "\n", &done].concat()
    }

    fn go_on(&mut self, event: &str, body: Vec<u8>, fold: fn(&str) -> String) -> Result<String, Failure> {
        let now_ms = self.world.now_ms;
        let task = match &mut self.task {
            Some(task) => task,
            task => match begin(&mut self.asked, now_ms)? {
                Ok(begun) => task.insert(begun),
                Err(done) => return Ok(done),
            },
        };
        let (word, details) = text::split(event, b'\n').unwrap_or((event, ""));
        let fine = word == "done";
        let call = match task {
            Task::Call(call) | Task::Verify(call, ..) => call,
            Task::Ask(question, subject, policy) => {
                if matches!(self.doing, Doing::Nothing) {
                    self.doing = Doing::Send;
                    return Ok(send(&question.request()));
                }
                let result = arrived(word, details, body, "");
                return verifier::believe(subject, result, policy, now_ms).map(done);
            }
        };
        let mut happened = match self.doing {
            Doing::Nothing => Happened::Begun,
            Doing::Token if fine => Happened::Token(Ok(details.to_owned())),
            Doing::Token => Happened::Token(Err(fault(word, Value::checked(details), ""))),
            Doing::Send => Happened::Answer(arrived(word, details, body, call.token())),
            Doing::Wait => Happened::Waited(fine),
        };
        let ended = loop {
            match call.step(happened, &mut self.world) {
                Action::Token(ms) => {
                    let Some(token) = &self.asked.token else {
                        self.doing = Doing::Token;
                        return Ok(number("token\n", ms));
                    };
                    happened = Happened::Token(Ok(token.clone()));
                }
                Action::Send => {
                    self.doing = Doing::Send;
                    return Ok(send(&call.request()));
                }
                Action::Wait(ms) => {
                    self.doing = Doing::Wait;
                    return Ok(number("wait\n", ms));
                }
                Action::Done(ended) => break ended,
            }
        };
        match task {
            Task::Verify(_, subject, policy) => {
                // Read after the answer: the verdict speaks of the instant it was given.
                let result = verification::conclude(subject, ended, policy, policy.now(now_ms), fold)?;
                Ok(done(result.to_json(policy)))
            }
            _ => ended.map(|answer| frame(&answer)),
        }
    }
}

/// Makes the task, or says at once how it ends.
fn begin(asked: &mut Asked, now_ms: i64) -> Result<Result<Task, String>, Failure> {
    let (subject, argument) = (asked.subject.take(), asked.argument.take());
    let asking = asked.verb == "ask";
    if !asking && asked.verb != "verify" {
        let operation =
            operations::by_name(&asked.verb).ok_or_else(|| Error::invalid_at("call", "operation", Rule::OneOf))?;
        let settings = Settings::read(operation.name, &asked.settings)?;
        if let (Some(NO_STRING), Some((name, _))) = (subject.as_deref(), operation.id) {
            return Err(Error::invalid_at(operation.name, name, Rule::String).into());
        }
        let call = Call::new(settings, operation, subject, argument, now_ms)?;
        return Ok(Ok(Task::Call(Box::new(call))));
    }
    let input = given(subject, "verify", "input")?;
    let policy = Policy::read("verify", &asked.options)?;
    let mut settings = Settings::read("verify", &asked.settings)?;
    let endpoint = argument.unwrap_or_default();
    if asking {
        verifier::check_endpoint(&endpoint)?;
    }
    let subject = match credential_url::parse(&input, &policy.hosts) {
        Ok(subject) => subject,
        Err(defect) => return Ok(Err(done(reject(defect, policy.now(now_ms)).to_json(&policy)))),
    };
    if asking {
        let question = Question::new(endpoint, &subject, &policy, settings);
        return Ok(Ok(Task::Ask(Box::new(question), subject, policy)));
    }
    settings.max_response_bytes = settings.max_response_bytes.min(MAX_ANSWER_BYTES);
    let call = Call::new(settings, &CREDENTIALS_VIEW, Some(subject.id.clone()), None, now_ms)?;
    Ok(Ok(Task::Verify(Box::new(call), subject, policy)))
}

/// Reads a pasted link without a network. Gives `{ok, …}`, or an error as a session ends with.
pub(crate) fn parse(text: Option<String>, options: &str) -> String {
    let read = || {
        let text = given(text, "parseCredentialUrl", "text")?;
        let policy = Policy::read("parseCredentialUrl", options)?;
        Ok(done(credential_url::describe(&text, &policy.hosts)))
    };
    said(read())
}

fn given(subject: Option<String>, operation: &'static str, name: &str) -> Result<String, Box<Error>> {
    subject.ok_or_else(|| Error::invalid_at(operation, name, Rule::String))
}

fn said(ended: Result<String, Failure>) -> String {
    match ended {
        Ok(said) => said,
        Err(Failure::Error(error)) => ["error\n", &error.to_json()].concat(),
        Err(Failure::Aborted) => "aborted\n".to_owned(),
    }
}

fn done(mut text: String) -> String {
    text.insert_str(0, "done\n");
    text
}

fn number(word: &str, ms: i64) -> String {
    let mut said = word.to_owned();
    decimal::push(&mut said, ms);
    said
}

/// The frame of an answer and, on the next line, the text of what it says; no line where that is the body as it came, which
/// JavaScript has.
fn frame(answer: &Answer) -> String {
    let mut writer = JsonWriter::default();
    writer.object(|json| {
        json.number("status", i64::from(answer.incoming.status));
        json.text_if("requestId", answer.incoming.request_id.as_deref());
        json.number("attempts", i64::from(answer.attempts));
        json.boolean("reconciled", answer.reconciled);
    });
    let mut said = done(writer.into_text());
    if let Some(text) = &answer.instead {
        said.extend(["\n", text]);
    }
    said
}

fn send(request: &Outgoing<'_>) -> String {
    let mut writer = JsonWriter::default();
    writer.object(|json| {
        json.text("url", request.url);
        json.text("method", request.method);
        json.key("headers").object(|json| {
            for (name, value) in &request.settings.headers {
                json.text(name, value);
            }
            json.text("accept", "application/json");
            if let Some(token) = request.token {
                json.text("authorization", &["Bearer ", token].concat());
            }
            json.text_if("content-type", request.body.map(|_| "application/json"));
        });
        json.text_if("body", request.body);
        json.text("idHeader", &request.settings.request_id_header);
        json.number("ms", request.timeout_ms);
        json.number("most", request.settings.max_response_bytes);
    });
    ["send\n", &writer.into_text()].concat()
}

/// What became of a request.
fn arrived(word: &str, details: &str, body: Vec<u8>, token: &str) -> Result<Box<Incoming>, Fault> {
    let details = Value::checked(details);
    if word != "done" {
        return Err(fault(word, details, token));
    }
    let text = |name: &str| details.get(name).string().map(str::to_owned);
    Ok(Box::new(Incoming {
        status: status(details.get("status")),
        content_type: text("type"),
        retry_after: text("retryAfter"),
        request_id: text("requestId"),
        age_s: text("age"),
        body,
    }))
}

/// `timeout`, `aborted` and the like.
fn fault(word: &str, details: Value<'_>, token: &str) -> Fault {
    match word {
        "aborted" => Fault::Aborted,
        "timeout" => Fault::Timeout,
        "too_large" => Fault::TooLarge,
        "redirect" => Fault::Redirect { status: status(details) },
        _ => {
            let text = |name: &str| {
                let text = details.get(name).string()?;
                Secrets { token }.publishable(&text).map(str::to_owned)
            };
            let name = text("name").unwrap_or_else(|| "Error".to_owned());
            Fault::Lost(Box::new(Cause { name, code: text("code"), message: text("message").unwrap_or_default() }))
        }
    }
}

/// A status that is none is 0, which is no success.
fn status(number: Value<'_>) -> u16 {
    number.integer().and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
}
