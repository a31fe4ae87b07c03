//! Owns a call as JavaScript carries it on: text in, text out. A step takes what happened and gives what is to be done next
//! (docs/decisions/0008-sessions.md). What follows from what is decided in `client`, `verification` and `verifier`.

use alloc::boxed::Box;
use alloc::string::String;

use crate::client::{Action, Answer, Call, Fault, Happened, Outgoing, World};
use crate::credential_url::{self, Subject};
use crate::decimal;
use crate::error::{Cause, Error, Failure};
use crate::json::{Flaw, Value};
use crate::json_writer::JsonWriter;
use crate::operations::{self, CREDENTIALS_VIEW};
use crate::response::{Incoming, Secrets};
use crate::settings::Settings;
use crate::shape::Rule;
use crate::text::{self, Text};
use crate::verification::{self, MAX_ANSWER_BYTES, Policy, reject};
use crate::verifier::{self, Question};

/// A call under way.
pub(crate) struct Session {
    /// What was asked for, an object: `verb`, `subject`, `options`, `settings`, and the `token` where it is no function. The verb is
    /// an operation, `verify`, `ask` (a verifying service at `argument`), or what needs nobody else: `parse` and `flaw`.
    asked: Value<'static>,
    /// The text of a request's body, or a service's address.
    argument: Option<Text>,
    token: Option<Text>,
    pub(crate) world: World,
    task: Option<Task>,
    /// What is verified, where something is, and how.
    case: Option<Box<Case>>,
    doing: Doing,
}

enum Task {
    Call(Box<Call>),
    Ask(Box<Question>),
}

struct Case {
    subject: Subject,
    policy: Box<Policy>,
}

/// What was to be done last.
enum Doing {
    Nothing,
    Token,
    Send,
    Wait,
}

impl Session {
    pub(crate) fn new(asked: Text, argument: Option<Text>, world: World) -> Self {
        let asked = Value::checked(asked);
        let token = asked.get("token").string();
        Self { asked, argument, token, world, task: None, case: None, doing: Doing::Nothing }
    }

    /// What the tests of recovery call a step of it.
    #[cfg(feature = "trap")]
    pub(crate) fn place(&self) -> &'static str {
        if self.asked.get("verb").is("parse") { "parse" } else { "step" }
    }

    /// Goes on with what happened (nothing at the first step). Gives what was told meanwhile, a line each, an empty line, and
    /// what is to be done: a word, and on the next line its details. `fold` makes names comparable.
    pub(crate) fn step(&mut self, event: &str, body: &str, fold: fn(&str) -> Text) -> String {
        let ended = self.go_on(event, body, fold);
        let mut said = core::mem::take(&mut self.world.said);
        failed(&mut said, ended);
        said.into_string()
    }

    /// Says what is to be done, if not how it failed.
    fn go_on(&mut self, event: &str, body: &str, fold: fn(&str) -> Text) -> Result<(), Failure> {
        let now_ms = self.world.now_ms;
        if self.task.is_none() {
            self.begin()?;
        }
        let said = &mut self.world.said;
        let (word, details) = text::split(event, b'\n').unwrap_or((event, ""));
        let fine = word == "done";
        let call = match &mut self.task {
            Some(Task::Call(call)) => call,
            Some(Task::Ask(question)) => {
                if matches!(self.doing, Doing::Nothing) {
                    self.doing = Doing::Send;
                    send(&question.request(), said);
                } else if let Some(case) = &self.case {
                    let result = arrived(word, details, body, "");
                    done(said, verifier::believe(&case.subject, result, &case.policy, now_ms)?);
                }
                return Ok(());
            }
            None => return Ok(()),
        };
        let mut happened = match self.doing {
            Doing::Nothing => Happened::Begun,
            Doing::Token if fine => Happened::Token(Ok(text::keep(details))),
            Doing::Token => Happened::Token(Err(fault(word, Value::checked(details), ""))),
            Doing::Send => Happened::Answer(arrived(word, details, body, call.token())),
            Doing::Wait => Happened::Waited(fine),
        };
        let ended = loop {
            let (word, ms) = match call.step(happened, &mut self.world) {
                Action::Token(ms) => {
                    if let Some(token) = self.token {
                        happened = Happened::Token(Ok(token));
                        continue;
                    }
                    self.doing = Doing::Token;
                    ("\ntoken\n", ms)
                }
                Action::Send => {
                    self.doing = Doing::Send;
                    send(&call.request(), &mut self.world.said);
                    return Ok(());
                }
                Action::Wait(ms) => {
                    self.doing = Doing::Wait;
                    ("\nwait\n", ms)
                }
                Action::Done(ended) => break ended,
            };
            self.world.said.push(word);
            self.world.said.digits(ms);
            return Ok(());
        };
        let said = &mut self.world.said;
        match &self.case {
            Some(case) => {
                let policy = &case.policy;
                // Read after the answer: the verdict speaks of the instant it was given.
                let result = verification::conclude(&case.subject, ended, policy, policy.now(now_ms), fold)?;
                done(said, result.to_json(policy));
            }
            None => frame(&*ended?, said),
        }
        Ok(())
    }

    /// Makes the task, or says at once how it ends.
    fn begin(&mut self) -> Result<(), Failure> {
        let [verb, subject, options, settings] =
            ["verb", "subject", "options", "settings"].map(|name| self.asked.get(name));
        let now_ms = self.world.now_ms;
        if verb.is("flaw") {
            let flaw = Value::parse(subject.string().unwrap_or_default()).err();
            done(&mut self.world.said, flaw.map_or("", Flaw::rule));
            return Ok(());
        }
        if verb.is("parse") {
            let operation = "parseCredentialUrl";
            let text = given(subject, operation, "text")?;
            let policy = Policy::read(operation, options.text())?;
            done(&mut self.world.said, credential_url::describe(text, &policy.hosts));
            return Ok(());
        }
        let asking = verb.is("ask");
        if !asking && !verb.is("verify") {
            let operation = operations::named(verb.string().unwrap_or_default());
            if operation.name.is_empty() {
                return Err(Error::invalid_at("call", "operation", Rule::OneOf).into());
            }
            let settings = Settings::read(operation.name, settings.text())?;
            let id = subject.string();
            if let (None, false, Some((name, _))) = (id, subject.is_missing(), operation.id) {
                return Err(Error::invalid_at(operation.name, name, Rule::String).into());
            }
            self.task = Some(Task::Call(Call::new(settings, operation, id, self.argument, now_ms)?));
            return Ok(());
        }
        let input = given(subject, "verify", "input")?;
        let policy = Policy::read("verify", options.text())?;
        let mut settings = Settings::read("verify", settings.text())?;
        let endpoint = self.argument.unwrap_or_default();
        if asking {
            verifier::check_endpoint(endpoint)?;
        }
        let subject = match credential_url::parse(input, &policy.hosts) {
            Ok(subject) => subject,
            Err(defect) => {
                done(&mut self.world.said, reject(defect, policy.now(now_ms)).to_json(&policy));
                return Ok(());
            }
        };
        self.task = Some(if asking {
            Task::Ask(Box::new(Question::new(endpoint, &subject, &policy, settings)))
        } else {
            settings.max_response_bytes = settings.max_response_bytes.min(MAX_ANSWER_BYTES);
            Task::Call(Call::new(settings, operations::named(CREDENTIALS_VIEW), Some(subject.id), None, now_ms)?)
        });
        self.case = Some(Box::new(Case { subject, policy }));
        Ok(())
    }
}

fn given(subject: Value<'static>, operation: &'static str, name: &str) -> Result<Text, Box<Error>> {
    subject.string().ok_or_else(|| Error::invalid_at(operation, name, Rule::String))
}

fn done(said: &mut JsonWriter, text: Text) {
    said.push("\ndone\n");
    said.push(text);
}

fn failed(said: &mut JsonWriter, ended: Result<(), Failure>) {
    match ended {
        Ok(()) => {}
        Err(Failure::Error(error)) => {
            said.push("\nerror\n");
            error.write(said);
        }
        Err(Failure::Aborted) => said.push("\naborted\n"),
    }
}

/// The frame of an answer, a line each: status, requests sent, whether it was looked for, id of the request; then the text of
/// what it says, which is missing where that is the body as it came: JavaScript has it.
fn frame(answer: &Answer<'_>, said: &mut JsonWriter) {
    said.push("\ndone\n");
    said.digits(i64::from(answer.incoming.status));
    said.push("\n");
    said.digits(i64::from(answer.attempts));
    // What may be shown holds no end of line.
    said.line(if answer.reconciled { "\n1\n" } else { "\n0\n" }, answer.incoming.request_id.unwrap_or_default());
    said.line("\n", answer.instead.unwrap_or_default());
}

/// What is to be sent, a line each: milliseconds, bytes that may come, header of ids, method, address, headers; then, after
/// an empty line, the body. What stands in a line has been checked, and holds no end of one.
fn send(request: &Outgoing<'_>, said: &mut JsonWriter) {
    let settings = request.settings;
    said.push("\nsend\n");
    said.digits(request.timeout_ms);
    said.push("\n");
    said.digits(settings.max_response_bytes);
    said.line("\n", settings.request_id_header);
    said.line("\n", request.method);
    said.line("\n", request.url);
    for (name, value) in settings.headers.members() {
        said.line("\n", name.decode());
        said.line(":", value.string().unwrap_or_default());
    }
    said.push("\naccept:application/json");
    if let Some(token) = request.token {
        said.line("\nauthorization:Bearer ", token);
    }
    if let Some(body) = request.body {
        said.line("\ncontent-type:application/json\n\n", body);
    }
}

/// What became of a request. `garbled`: an answer came, but its body is not UTF-8.
fn arrived<'a>(word: &str, details: &'a str, body: &'a str, token: &str) -> Result<Box<Incoming<'a>>, Fault> {
    let readable = word == "done";
    if !readable && word != "garbled" {
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
        // As `Response.json()` does.
        body: readable.then(|| body.strip_prefix("\u{feff}").unwrap_or(body)),
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
            let secrets = Secrets { token };
            let text = |name: &str| {
                let text = details.get(name).string();
                text.filter(|text| secrets.publishable(text)).map(text::keep)
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
