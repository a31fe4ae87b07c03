//! Owns a call as JavaScript carries it on: text in, text out. A step takes what happened and gives what is to be done next
//! (docs/decisions/0008-sessions.md). What follows from what is decided in `client`, `verification` and `verifier`.

use alloc::boxed::Box;
use alloc::string::String;

use crate::client::{Action, Answer, Call, Fault, Happened, Outgoing, World};
use crate::credential_url::{self, Subject};
use crate::decimal;
use crate::error::{Cause, Error, Failure};
use crate::json::Value;
use crate::operations::{self, CREDENTIALS_VIEW};
use crate::response::{Incoming, Secrets};
use crate::settings::Settings;
use crate::shape::Rule;
use crate::text::{self, Text};
use crate::verification::{self, MAX_ANSWER_BYTES, Policy, reject};
use crate::verifier::{self, Question};

/// What a call is made of. `verb` is an operation, `verify`, or `ask` (a verifying service at `argument`).
#[derive(Clone, Copy, Default)]
pub(crate) struct Asked {
    pub(crate) verb: Text,
    pub(crate) subject: Option<Text>,
    pub(crate) argument: Option<Text>,
    pub(crate) options: Text,
    pub(crate) settings: Text,
    /// The token, where it is no function.
    pub(crate) token: Option<Text>,
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
    pub(crate) fn step(&mut self, event: &str, body: &[u8], fold: fn(&str) -> Text) -> String {
        let said = said(self.go_on(event, body, fold));
        [&core::mem::take(&mut self.world.told), "\n", said].concat()
    }

    fn go_on(&mut self, event: &str, body: &[u8], fold: fn(&str) -> Text) -> Result<Text, Failure> {
        let now_ms = self.world.now_ms;
        let task = match &mut self.task {
            Some(task) => task,
            task => match begin(&self.asked, now_ms)? {
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
            Doing::Token if fine => Happened::Token(Ok(text::keep(details))),
            Doing::Token => Happened::Token(Err(fault(word, Value::checked(details), ""))),
            Doing::Send => Happened::Answer(arrived(word, details, body, call.token())),
            Doing::Wait => Happened::Waited(fine),
        };
        let ended = loop {
            match call.step(happened, &mut self.world) {
                Action::Token(ms) => {
                    let Some(token) = self.asked.token else {
                        self.doing = Doing::Token;
                        return Ok(number("token\n", ms));
                    };
                    happened = Happened::Token(Ok(token));
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
fn begin(asked: &Asked, now_ms: i64) -> Result<Result<Task, Text>, Failure> {
    let Asked { subject, argument, .. } = *asked;
    let asking = asked.verb == "ask";
    if !asking && asked.verb != "verify" {
        let operation = operations::named(asked.verb);
        if operation.name.is_empty() {
            return Err(Error::invalid_at("call", "operation", Rule::OneOf).into());
        }
        let settings = Settings::read(operation.name, asked.settings)?;
        if let (Some(NO_STRING), Some((name, _))) = (subject, operation.id) {
            return Err(Error::invalid_at(operation.name, name, Rule::String).into());
        }
        let call = Call::new(settings, operation, subject, argument, now_ms)?;
        return Ok(Ok(Task::Call(Box::new(call))));
    }
    let input = given(subject, "verify", "input")?;
    let policy = Policy::read("verify", asked.options)?;
    let mut settings = Settings::read("verify", asked.settings)?;
    let endpoint = argument.unwrap_or_default();
    if asking {
        verifier::check_endpoint(endpoint)?;
    }
    let subject = match credential_url::parse(input, &policy.hosts) {
        Ok(subject) => subject,
        Err(defect) => return Ok(Err(done(reject(defect, policy.now(now_ms)).to_json(&policy)))),
    };
    if asking {
        let question = Question::new(endpoint, &subject, &policy, settings);
        return Ok(Ok(Task::Ask(Box::new(question), subject, policy)));
    }
    settings.max_response_bytes = settings.max_response_bytes.min(MAX_ANSWER_BYTES);
    let call = Call::new(settings, operations::named(CREDENTIALS_VIEW), Some(subject.id), None, now_ms)?;
    Ok(Ok(Task::Verify(Box::new(call), subject, policy)))
}

/// Reads a pasted link without a network. Gives `{ok, …}`, or an error as a session ends with.
pub(crate) fn parse(text: Option<Text>, options: &str) -> Text {
    let read = || {
        let text = given(text, "parseCredentialUrl", "text")?;
        let policy = Policy::read("parseCredentialUrl", options)?;
        Ok(done(credential_url::describe(text, &policy.hosts)))
    };
    said(read())
}

fn given(subject: Option<Text>, operation: &'static str, name: &str) -> Result<Text, Box<Error>> {
    subject.ok_or_else(|| Error::invalid_at(operation, name, Rule::String))
}

fn said(ended: Result<Text, Failure>) -> Text {
    match ended {
        Ok(said) => said,
        Err(Failure::Error(error)) => text::join(&["error\n", error.to_json()]),
        Err(Failure::Aborted) => "aborted\n",
    }
}

fn done(text: Text) -> Text {
    text::join(&["done\n", text])
}

fn number(word: &str, ms: i64) -> Text {
    let mut said = String::from(word);
    decimal::push(&mut said, ms);
    said.leak()
}

/// The frame of an answer, a line each: status, requests sent, whether it was looked for, id of the request; then the text of
/// what it says, which is missing where that is the body as it came: JavaScript has it.
fn frame(answer: &Answer<'_>) -> Text {
    let mut said = String::from("done\n");
    decimal::push(&mut said, i64::from(answer.incoming.status));
    said.push('\n');
    decimal::push(&mut said, i64::from(answer.attempts));
    // What may be shown holds no end of line.
    let id = answer.incoming.request_id.unwrap_or_default();
    said.extend([if answer.reconciled { "\n1\n" } else { "\n0\n" }, id]);
    said.extend(["\n", answer.instead.unwrap_or_default()]);
    said.leak()
}

/// What is to be sent, a line each: milliseconds, bytes that may come, header of ids, method, address, headers; then, after
/// an empty line, the body. What stands in a line has been checked, and holds no end of one.
fn send(request: &Outgoing<'_>) -> Text {
    let settings = request.settings;
    let mut said = String::from("send\n");
    decimal::push(&mut said, request.timeout_ms);
    said.push('\n');
    decimal::push(&mut said, settings.max_response_bytes);
    let mut line = |before: &str, text: &str| said.extend([before, text]);
    line("\n", settings.request_id_header);
    line("\n", request.method);
    line("\n", request.url);
    for (name, value) in &settings.headers {
        line("\n", name);
        line(":", value);
    }
    line("\naccept:", "application/json");
    if let Some(token) = request.token {
        line("\nauthorization:Bearer ", token);
    }
    if let Some(body) = request.body {
        line("\ncontent-type:application/json\n\n", body);
    }
    said.leak()
}

/// What became of a request.
fn arrived<'a>(word: &str, details: &'a str, body: &'a [u8], token: &str) -> Result<Box<Incoming<'a>>, Fault> {
    if word != "done" {
        return Err(fault(word, Value::checked(details), token));
    }
    // A line each, empty where there is nothing.
    let mut lines = text::parts(details, b'\n');
    let mut next = || lines.next().filter(|line| !line.is_empty());
    Ok(Box::new(Incoming {
        status: status(next().and_then(decimal::read)),
        content_type: next(),
        retry_after: next(),
        request_id: next(),
        age_s: next(),
        body,
    }))
}

/// `timeout`, `aborted` and the like.
fn fault(word: &str, details: Value<'_>, token: &str) -> Fault {
    match word {
        "aborted" => Fault::Aborted,
        "timeout" => Fault::Timeout,
        "too_large" => Fault::TooLarge,
        "redirect" => Fault::Redirect { status: status(details.integer()) },
        _ => {
            let text = |name: &str| {
                let text = details.get(name).string()?;
                Secrets { token }.publishable(text).map(text::keep)
            };
            let name = text("name").unwrap_or("Error");
            Fault::Lost(Box::new(Cause { name, code: text("code"), message: text("message").unwrap_or_default() }))
        }
    }
}

/// A status that is none is 0, which is no success.
fn status(number: Option<i64>) -> u16 {
    number.and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
}
