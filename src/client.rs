//! Owns a call from its arguments to its answer: checking, attempts, waits. It waits for nothing itself: each step takes
//! what happened and says what is to be done next (docs/decisions/0008-sessions.md).

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::error::{Cause, Class, Error, Failure};
use crate::json_writer::JsonWriter;
use crate::operations::{Operation, Repeat};
use crate::reconcile::{Inquiry, Learnt};
use crate::response::{self, Incoming, Secrets};
use crate::retry;
use crate::rules;
use crate::settings::{Settings, is_token};
use crate::shape::{Issue, Rule};
use crate::text::{self, Text};

/// One attempt as it goes out.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: Text,
    /// Absent where the service asked is not the API (`Verifier`).
    pub(crate) token: Option<Text>,
    /// The caller's own, and the header that holds a request's id.
    pub(crate) settings: &'a Settings,
    pub(crate) body: Option<Text>,
    /// For headers and body together.
    pub(crate) timeout_ms: i64,
}

/// Why an attempt brought no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    Aborted,
    Timeout,
    /// The connection could not be made or was lost.
    Lost(Box<Cause>),
    TooLarge,
    Redirect {
        status: u16,
    },
}

/// What is so at a step, and what the call leaves changed. The bindings pass it on from JavaScript.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Milliseconds since 1970.
    pub(crate) now_ms: i64,
    /// From 0 to 1.
    pub(crate) random: f64,
    /// What the client has left for repeats, shared by its calls; `None` where it has spent nothing yet.
    pub(crate) quota: Option<u32>,
    /// Whether anybody wants to be told of what happens.
    pub(crate) observed: bool,
    /// What a step says: at first what is told of it, a line each.
    pub(crate) said: JsonWriter,
}

impl World {
    /// Where a caller wants to be told, the beginning of an event, for the rest of it and its `EVENT_END`. Nothing secret may
    /// be written there.
    fn tell(&mut self, course: &Course, begin: &str) -> Option<&mut JsonWriter> {
        if !self.observed {
            return None;
        }
        let json = &mut self.said;
        json.push(begin);
        json.text("operation", course.operation.name);
        json.number("attempt", i64::from(course.attempts));
        Some(json)
    }
}

const EVENT_END: &str = "}\n";

/// What happened: at first nothing, then what became of the last action.
#[derive(Debug)]
pub(crate) enum Happened<'a> {
    Begun,
    /// The bearer token, asked for at every attempt so that it can be renewed.
    Token(Result<Text, Fault>),
    Answer(Result<Box<Incoming<'a>>, Fault>),
    /// The wait is over. Otherwise the caller's signal fired.
    Waited(bool),
}

/// What is to be done next.
#[derive(Debug)]
pub(crate) enum Action<'a> {
    /// Give the token, within so many milliseconds.
    Token(i64),
    /// Send `Call::request`.
    Send,
    /// Wait so many milliseconds.
    Wait(i64),
    Done(Result<Box<Answer<'a>>, Failure>),
}

impl From<Box<Error>> for Action<'_> {
    fn from(error: Box<Error>) -> Self {
        Self::Done(Err(Failure::Error(error)))
    }
}

/// An answer as documented.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// What came, which has been checked.
    pub(crate) incoming: Box<Incoming<'a>>,
    /// What is given instead of its body, where that is another text.
    pub(crate) instead: Option<Text>,
    pub(crate) attempts: u32,
    /// The answer was lost; what it would have said was read from the account.
    pub(crate) reconciled: bool,
}

impl<'a> Answer<'a> {
    pub(crate) fn text(&self) -> &'a str {
        self.instead.unwrap_or_else(|| self.incoming.body.unwrap_or_default())
    }
}

/// Checks the arguments of a call; every finding at once. The body is the text that will be sent.
fn check_arguments(operation: &'static Operation, id: Option<&str>, body: Option<&str>) -> Result<(), Box<Error>> {
    let mut issues = operation.request.map_or_else(Vec::new, |shape| rules::findings(body.unwrap_or_default(), shape));
    if let Some((name, rule)) = operation.id
        && !id.is_some_and(|id| rules::accepts(rule, id))
    {
        issues.insert(0, Issue::new(name, if id.is_some() { rule } else { Rule::Required }));
    }
    Error::unless_fine(operation.name, issues)
}

/// The attempts of one operation, and when what. What follows from an answer is decided here.
pub(crate) struct Course {
    pub(crate) operation: &'static Operation,
    pub(crate) id: Option<Text>,
    pub(crate) body: Option<Text>,
    url: Text,
    started_ms: i64,
    total_timeout_ms: i64,
    attempts: u32,
    /// An attempt has ended without telling whether it was carried out.
    lost_once: bool,
}

impl Course {
    fn new(operation: &'static Operation, id: Option<Text>, body: Option<Text>, settings: &Settings) -> Box<Self> {
        let url = [settings.base_url, operation.path.0, id.unwrap_or_default(), operation.path.1];
        Box::new(Self {
            url: text::join(&url),
            operation,
            id,
            body: operation.request.and(body),
            started_ms: 0,
            total_timeout_ms: settings.total_timeout_ms,
            attempts: 0,
            lost_once: false,
        })
    }

    fn spent_ms(&self, now_ms: i64) -> i64 {
        // A clock that was set back has spent nothing.
        (now_ms - self.started_ms).max(0)
    }

    fn left_ms(&self, now_ms: i64) -> i64 {
        (self.total_timeout_ms - self.spent_ms(now_ms)).max(0)
    }

    fn read<'a>(
        &self,
        result: Result<Box<Incoming<'a>>, Fault>,
        secrets: &Secrets<'_>,
        now_ms: i64,
    ) -> Result<Box<Answer<'a>>, Failure> {
        let incoming = result.map_err(|fault| lost(self.operation, fault))?;
        match response::read(self.operation, self.id, &incoming, secrets) {
            Ok(instead) => Ok(Box::new(Answer { incoming, instead, attempts: self.attempts, reconciled: false })),
            Err(mut error) => {
                let header = incoming.retry_after;
                error.retry_after_ms = header.and_then(|header| retry::retry_after_ms(header, now_ms));
                error.status = Some(incoming.status);
                error.request_id = incoming.request_id.map(text::keep);
                Err(Failure::Error(error))
            }
        }
    }

    /// The token as the caller's function gave it, if it can stand in a header.
    fn token(&self, given: &Result<Text, Fault>) -> Result<Text, Failure> {
        let mut error = match given {
            Ok(token) if is_token(token) => return Ok(token),
            Ok(_) => return Err(Error::invalid_at(self.operation.name, "token", Rule::Token).into()),
            Err(Fault::Aborted) => return Err(Failure::Aborted),
            Err(Fault::Timeout) => {
                let text = "the token function did not answer in time";
                Error::new(Class::Timeout, "token_timeout", self.operation.name, text)
            }
            Err(_) => {
                let text = "the token function failed (its error is not shown: it may hold the token)";
                Error::new(Class::Authentication, "token_unavailable", self.operation.name, text)
            }
        };
        error.retryable = error.class == Class::Timeout;
        error.attempts = self.attempts;
        Err(error.into())
    }
}

/// Finding out whether what was lost was carried out.
struct Search {
    inquiry: Box<Inquiry>,
    /// The attempts of what was lost.
    course: Box<Course>,
    /// The error of the attempt that was lost. `None`: an earlier call, and nothing was sent yet.
    doubt: Option<Box<Error>>,
}

/// A call under way.
pub(crate) struct Call {
    settings: Box<Settings>,
    /// What is being asked now: the operation itself, or after what was lost of it.
    course: Box<Course>,
    search: Option<Search>,
    token: Text,
    sent_ms: i64,
}

impl Call {
    /// Nothing is sent unless the arguments are fine.
    pub(crate) fn new(
        settings: Box<Settings>,
        operation: &'static Operation,
        id: Option<Text>,
        body: Option<Text>,
        now_ms: i64,
    ) -> Result<Box<Self>, Box<Error>> {
        check_arguments(operation, id, body)?;
        let doubted = settings.may_exist_since_ms != i64::MAX;
        if doubted && operation.repeat != Repeat::Reconcile {
            return Err(Error::invalid_at(operation.name, "mayExistSince", Rule::UnknownField));
        }
        let mut course = Course::new(operation, id, body, &settings);
        course.started_ms = now_ms;
        course.lost_once = doubted;
        Ok(Box::new(Self { settings, course, search: None, token: "", sent_ms: 0 }))
    }

    /// How long this attempt may take: its own time, but no more than is left of the whole.
    fn limit_ms(&self, now_ms: i64) -> i64 {
        self.settings.timeout_ms.min(self.course.left_ms(now_ms))
    }

    /// What the attempt that is on its way was sent with.
    pub(crate) fn token(&self) -> Text {
        self.token
    }

    /// What `Action::Send` sends.
    pub(crate) fn request(&self) -> Outgoing<'_> {
        let course = &self.course;
        Outgoing {
            method: course.operation.method,
            url: course.url,
            token: Some(self.token),
            settings: &self.settings,
            body: course.body,
            timeout_ms: self.limit_ms(self.sent_ms),
        }
    }

    /// Goes on with what happened, and says what is to be done next.
    pub(crate) fn step<'a>(&mut self, happened: Happened<'a>, world: &mut World) -> Action<'a> {
        let now_ms = world.now_ms;
        match happened {
            Happened::Begun if self.course.lost_once => self.look(None, now_ms),
            Happened::Begun | Happened::Waited(true) => Action::Token(self.limit_ms(now_ms)),
            Happened::Waited(false) => Action::Done(Err(Failure::Aborted)),
            Happened::Token(given) => match self.course.token(&given) {
                Ok(token) => {
                    self.token = token;
                    self.sent_ms = now_ms;
                    self.course.attempts += 1;
                    if let Some(json) = world.tell(&self.course, "request{") {
                        json.push(EVENT_END);
                    }
                    Action::Send
                }
                Err(failure) => self.ended(Err(failure), world),
            },
            Happened::Answer(result) => self.settle(result, world),
        }
    }

    /// What follows from an answer, or from none.
    fn settle<'a>(&mut self, mut result: Result<Box<Incoming<'a>>, Fault>, world: &mut World) -> Action<'a> {
        let course = &mut self.course;
        let now_ms = world.now_ms;
        let secrets = Secrets { token: self.token };
        if let Ok(incoming) = &mut result {
            // What stands in events, answers and errors from here on may be shown.
            incoming.request_id = incoming.request_id.filter(|id| secrets.publishable(id));
            if let Some(json) = world.tell(course, "response{") {
                json.number("durationMs", now_ms - self.sent_ms);
                json.text_if("requestId", incoming.request_id);
                json.number("status", i64::from(incoming.status));
                json.push(EVENT_END);
            }
        }
        let mut error = match course.read(result, &secrets, now_ms) {
            Err(Failure::Error(error)) => error,
            ended => {
                if ended.is_ok() {
                    world.quota = Some(retry::refund(world.quota, course.attempts - 1));
                }
                return self.ended(ended, world);
            }
        };
        let repeat = course.operation.repeat;
        error.attempts = course.attempts;
        error.retryable = retry::may_repeat(repeat, &error);
        let wait_ms = retry::wait_ms(&error, course.attempts - 1, world.random);
        if i64::from(course.attempts) <= self.settings.max_retries
            && wait_ms < course.total_timeout_ms - course.spent_ms(now_ms)
        {
            error.wait_ms = wait_ms;
        }
        let lost = retry::is_lost(&error);
        let unclear = lost || retry::is_unreadable(&error);
        if unclear && matches!(repeat, Repeat::Never | Repeat::Reconcile) {
            error.add("; the request may have taken effect");
        }
        let after_a_loss = course.lost_once;
        course.lost_once |= lost;
        let uncertain = match repeat {
            // Found or not: the duplicate rule refuses a second one where the first was carried out after all.
            Repeat::Reconcile => unclear || (after_a_loss && error.class == Class::Conflict),
            Repeat::Publish => after_a_loss && error.code == "invalid_status",
            Repeat::Safe | Repeat::Never => false,
        };
        // Without time to ask, asking would be a race between the answer and a timer of 0 ms.
        if uncertain && course.left_ms(now_ms) > 0 {
            if !lost {
                error.wait_ms = i64::MAX;
            }
            // Only creations and publications are uncertain, and a search is neither.
            return self.look(Some(error), now_ms);
        }
        if error.retryable { self.pause(error, world) } else { self.ended(Err(Failure::Error(error)), world) }
    }

    /// The wait before a repeat, if there is one and the client may still afford it; otherwise `error` is the end.
    fn pause(&mut self, mut error: Box<Error>, world: &mut World) -> Action<'static> {
        if error.wait_ms == i64::MAX {
            return self.ended(Err(Failure::Error(error)), world);
        }
        let Some(left) = retry::spend(world.quota) else {
            error.add("; not repeated: this client's retry quota is used up");
            return self.ended(Err(Failure::Error(error)), world);
        };
        world.quota = Some(left);
        if let Some(json) = world.tell(&self.course, "retry{") {
            json.number("delayMs", error.wait_ms);
            json.text("code", error.code);
            json.number_if("status", error.status);
            json.push(EVENT_END);
        }
        Action::Wait(error.wait_ms)
    }

    /// Begins to ask the account about what was lost.
    fn look(&mut self, doubt: Option<Box<Error>>, now_ms: i64) -> Action<'static> {
        // A time to come would hide what this call itself loses.
        let begun_ms = self.settings.may_exist_since_ms.min(self.course.started_ms);
        self.ask(Inquiry::new(&self.course, begun_ms), doubt, now_ms)
    }

    /// Asks with what is left of the call's time, and with repeats of its own: reading is safe.
    fn ask(&mut self, inquiry: Box<Inquiry>, doubt: Option<Box<Error>>, now_ms: i64) -> Action<'static> {
        let (operation, id, body) = inquiry.question();
        let mut course = Course::new(operation, id, body, &self.settings);
        course.started_ms = now_ms;
        course.total_timeout_ms = self.course.left_ms(now_ms);
        self.search = Some(Search { inquiry, course: core::mem::replace(&mut self.course, course), doubt });
        Action::Token(self.limit_ms(now_ms))
    }

    /// The end of what was asked: of the call, or of a question about it, which may answer the call.
    fn ended<'a>(&mut self, result: Result<Box<Answer<'a>>, Failure>, world: &mut World) -> Action<'a> {
        let Some(Search { mut inquiry, course, doubt }) = self.search.take() else { return Action::Done(result) };
        self.course = course;
        let (learnt, asked) = match result {
            Ok(answer) => (inquiry.learn(&answer), None),
            Err(Failure::Error(error)) => (Learnt::Unknown, Some(error)),
            Err(Failure::Aborted) => return Action::Done(result),
        };
        match (learnt, doubt) {
            (Learnt::Done(text), _) => Action::Done(Ok(Box::new(Answer {
                incoming: Box::new(Incoming { status: 200, ..Incoming::default() }),
                instead: Some(text),
                attempts: self.course.attempts,
                reconciled: true,
            }))),
            (Learnt::NextPage, doubt) => self.ask(inquiry, doubt, world.now_ms),
            (Learnt::NotDone, Some(error)) => self.pause(error, world),
            // It had not been carried out before, so it is sent for the first time.
            (Learnt::NotDone, None) => Action::Token(self.limit_ms(world.now_ms)),
            // Nothing is repeated that may have been done.
            (Learnt::Unknown, Some(error)) => error.into(),
            (Learnt::Unknown, None) => still_unknown(self.course.operation, asked).into(),
        }
    }
}

/// The error of a call that was to find out first whether an earlier one was carried out, and could not.
fn still_unknown(operation: &'static Operation, asked: Option<Box<Error>>) -> Box<Error> {
    let text = "it could not be found out whether an earlier request was carried out; nothing was sent";
    let mut error = asked.unwrap_or_else(|| Error::new(Class::Response, "outcome_unknown", operation.name, ""));
    error.message = text::join(&[operation.name, ": ", text]);
    error.operation = operation.name;
    error.attempts = 0;
    error
}

/// What an attempt without an answer amounts to.
fn lost(operation: &'static Operation, fault: Fault) -> Failure {
    let mut error = match fault {
        Fault::Aborted => return Failure::Aborted,
        Fault::Timeout => Error::new(Class::Timeout, "timeout", operation.name, "no complete answer in time"),
        Fault::TooLarge => {
            let text = "the answer is larger than maxResponseBytes";
            Error::new(Class::Response, "body_too_large", operation.name, text)
        }
        Fault::Redirect { .. } => {
            // Following would take the token to wherever the answer points.
            let text = "the answer is a redirect, which is never followed";
            Error::new(Class::Response, "unexpected_redirect", operation.name, text)
        }
        Fault::Lost(_) => {
            let text = "the connection failed or was lost";
            Error::new(Class::Connection, "connection_failed", operation.name, text)
        }
    };
    match fault {
        Fault::Redirect { status } => error.status = Some(status).filter(|status| *status != 0),
        Fault::Lost(cause) => error.cause = Some(cause),
        _ => {}
    }
    error.into()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::operations::named;
    use alloc::collections::VecDeque;
    use core::cell::{Cell, RefCell};

    /// A host that answers from a script and whose clock moves only by waiting.
    pub(crate) struct Script {
        pub(crate) answers: RefCell<VecDeque<Result<Incoming<'static>, Fault>>>,
        pub(crate) sent: RefCell<Vec<String>>,
        pub(crate) pauses: RefCell<Vec<i64>>,
        pub(crate) now: Cell<i64>,
        pub(crate) token: &'static str,
        pub(crate) quota: Cell<Option<u32>>,
        pub(crate) events: RefCell<Vec<String>>,
    }

    impl Script {
        pub(crate) fn new(answers: impl IntoIterator<Item = Result<Incoming<'static>, Fault>>) -> Self {
            Self {
                answers: RefCell::new(answers.into_iter().collect()),
                sent: RefCell::default(),
                pauses: RefCell::default(),
                now: Cell::new(1_800_000_000_000),
                token: "tok_secret",
                quota: Cell::new(None),
                events: RefCell::default(),
            }
        }
    }

    impl Script {
        fn send(&self, request: &Outgoing<'_>) -> Result<Box<Incoming<'static>>, Fault> {
            self.sent.borrow_mut().push(format!("{} {} {}", request.method, request.url, request.body.unwrap_or("-")));
            let answer = self.answers.borrow_mut().pop_front().expect("an unexpected request");
            if matches!(answer, Err(Fault::Timeout)) {
                self.now.set(self.now.get() + request.timeout_ms);
            }
            answer.map(Box::new)
        }

        fn pause(&self, ms: i64) {
            self.pauses.borrow_mut().push(ms);
            self.now.set(self.now.get() + ms);
        }
    }

    /// Carries a call on to its end.
    pub(crate) fn call(
        host: &Script,
        settings: &Settings,
        operation: &'static Operation,
        id: Option<&str>,
        body: Option<&str>,
    ) -> Result<Box<Answer<'static>>, Failure> {
        let settings = Box::new(settings.clone());
        let now_ms = host.now.get();
        let mut call = Call::new(settings, operation, id.map(text::keep), body.map(text::keep), now_ms)?;
        let mut world = World { random: 1.0, quota: host.quota.get(), observed: true, ..World::default() };
        let mut happened = Happened::Begun;
        loop {
            world.now_ms = host.now.get();
            let action = call.step(happened, &mut world);
            host.quota.set(world.quota);
            let told = core::mem::take(&mut world.said).into_string();
            host.events.borrow_mut().extend(told.lines().map(|line| line.replacen('{', " {", 1)));
            happened = match action {
                Action::Token(_) => Happened::Token(Ok(host.token)),
                Action::Send => Happened::Answer(host.send(&call.request())),
                Action::Wait(ms) => {
                    host.pause(ms);
                    Happened::Waited(true)
                }
                Action::Done(ended) => return ended,
            };
        }
    }

    pub(crate) fn json(status: u16, body: &str) -> Incoming<'static> {
        Incoming { status, content_type: Some("application/json"), body: Some(text::keep(body)), ..Incoming::default() }
    }

    fn unavailable() -> Incoming<'static> {
        json(503, "{}")
    }

    const ID: &str = "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx";
    const VIEW: &str = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx","recipient":{"name":"A","email":"a@example.com"},"group":{"title":"T","key":"K","code":"C"},"issued_on":"2024-03-15T10:30:00Z","valid_until":null,"metadata":{},"status":"active"}"#;
    const DRAFT: &str = r#"{"recipient":{"name":"A","email":"a@example.com"},"group_key":"GcI6H5b66a3v"}"#;

    const GROUP: &str = r#"{"title":"T","description":"D","badge_template":"b"}"#;

    fn run(
        host: &Script,
        operation: &'static Operation,
        id: Option<&str>,
        body: Option<&str>,
    ) -> Result<Box<Answer<'static>>, Box<Error>> {
        let settings = Settings::read("test", "{}").unwrap();
        call(host, &settings, operation, id, body).map_err(|failure| match failure {
            Failure::Error(error) => error,
            Failure::Aborted => panic!("aborted"),
        })
    }

    #[test]
    fn a_call_sends_what_is_documented() {
        let host = Script::new([Ok(json(200, VIEW))]);
        let answer = run(&host, named("credentials.view"), Some(ID), None).unwrap();
        assert_eq!((answer.text(), answer.incoming.status, answer.attempts), (VIEW, 200, 1));
        assert_eq!(*host.sent.borrow(), [format!("GET https://api.thehyperstack.com/v1/credential/{ID}/view -")]);
    }

    #[test]
    fn nothing_is_sent_when_an_argument_is_wrong() {
        for (operation, id, body) in [
            (named("credentials.view"), Some(".."), None),
            (named("credentials.view"), Some("%2e%2e"), None),
            (named("credentials.view"), Some("a/b"), None),
            (named("credentials.view"), Some(""), None),
            (named("credentials.view"), None, None),
            (named("credentials.generate"), None, None),
            (named("credentials.generate"), None, Some("null")),
            (named("credentials.generate"), None, Some("{\"recipient\":")),
            (named("groups.create"), None, Some("{}")),
        ] {
            let host = Script::new([]);
            let error = run(&host, operation, id, body).expect_err("refused");
            assert_eq!((error.class, error.attempts), (Class::Validation, 0));
            assert!(!error.issues.is_empty());
            assert!(host.sent.borrow().is_empty());
        }
    }

    #[test]
    fn a_token_that_cannot_stand_in_a_header_is_never_sent() {
        for token in ["", "two words", "line\nbreak"] {
            let host = Script { token, ..Script::new([]) };
            let error = run(&host, named("credentials.view"), Some(ID), None).expect_err("refused");
            assert_eq!(error.issues, [Issue::new("token", Rule::Token)]);
            assert!(token.is_empty() || !error.to_json().contains(token));
        }
    }

    #[test]
    fn reads_are_repeated() {
        let lost = || Err(Fault::Lost(Box::default()));
        let host = Script::new([lost(), Ok(unavailable()), Ok(json(200, VIEW))]);
        assert_eq!(run(&host, named("credentials.view"), Some(ID), None).unwrap().attempts, 3);
        assert_eq!(*host.pauses.borrow(), [500, 1000]);
        let host = Script::new([lost(), lost(), lost()]);
        let error = run(&host, named("credentials.view"), Some(ID), None).expect_err("lost");
        assert_eq!((error.class, error.attempts, error.retryable), (Class::Connection, 3, true));
    }

    #[test]
    fn creations_are_not_repeated_blindly() {
        for fault in [Err(Fault::Lost(Box::default())), Err(Fault::Timeout), Ok(unavailable())] {
            let host = Script::new([fault]);
            let error = run(&host, named("groups.create"), None, Some(GROUP)).expect_err("lost");
            assert_eq!((error.attempts, error.retryable), (1, false));
            assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
        }
        let mut refused = json(429, "{}");
        refused.retry_after = Some("2");
        let host = Script::new([Ok(refused), Ok(exists())]);
        let error = run(&host, named("credentials.generate"), None, Some(DRAFT)).expect_err("exists");
        assert_eq!((error.class, error.attempts), (Class::Conflict, 2));
        assert_eq!(*host.pauses.borrow(), [2000]);
    }

    fn exists() -> Incoming<'static> {
        json(409, r#"{"success":false,"error":"x","error_code":"credential_exists"}"#)
    }

    /// A page of a search: for each of `(email, group, seconds after the call began)` a credential.
    fn found(page: u32, total: u32, items: &[(&str, &str, i64)]) -> Incoming<'static> {
        let items: Vec<String> = items
            .iter()
            .map(|(email, group, after_s)| {
                let issued_on = crate::timestamp::Timestamp(1_800_000_000_000 + after_s * 1000).to_iso();
                VIEW.replace("a@example.com", email)
                    .replace("\"K\"", &format!("{group:?}"))
                    .replace("2024-03-15T10:30:00Z", &issued_on)
                    .replace("\"success\":true,", "")
            })
            .collect();
        let items = items.join(",");
        json(200, &format!(r#"{{"success":true,"total":{total},"page":{page},"page_size":2,"credentials":[{items}]}}"#))
    }

    const OURS: (&str, &str, i64) = ("a@example.com", "GcI6H5b66a3v", 1);

    /// What was sent, as `create` and `search 1`, and how it ended.
    fn course(
        answers: Vec<Result<Incoming<'static>, Fault>>,
    ) -> (Vec<String>, Result<Box<Answer<'static>>, Box<Error>>) {
        let host = Script::new(answers);
        let result = run(&host, named("credentials.generate"), None, Some(DRAFT));
        let requests = host.sent.take();
        let sent = requests.iter().map(|request| {
            let body: serde_json::Value = serde_json::from_str(request.rsplit(' ').next().unwrap()).unwrap();
            if request.contains("/credentials/generate") {
                "create".to_owned()
            } else {
                format!("search {}", body["page"])
            }
        });
        assert!(host.answers.borrow().is_empty(), "answers left over");
        (sent.collect(), result)
    }

    #[test]
    fn a_lost_creation_is_looked_for_before_it_is_repeated() {
        let lost = || Err(Fault::Lost(Box::default()));
        let draft = || Ok(json(200, VIEW));
        let none = || Ok(found(1, 0, &[]));
        for (answers, sent, expected) in [
            (vec![lost(), Ok(found(1, 1, &[OURS]))], vec!["create", "search 1"], "reconciled"),
            (vec![Err(Fault::Timeout), Ok(found(1, 1, &[OURS]))], vec!["create", "search 1"], "reconciled"),
            (vec![Ok(unavailable()), Ok(found(1, 1, &[OURS]))], vec!["create", "search 1"], "reconciled"),
            (vec![lost(), none(), draft()], vec!["create", "search 1", "create"], "answered"),
            // An answer that cannot be read: looked for, but never sent again.
            (vec![Ok(json(200, "<html>")), Ok(found(1, 1, &[OURS]))], vec!["create", "search 1"], "reconciled"),
            (vec![Err(Fault::TooLarge), Ok(found(1, 1, &[OURS]))], vec!["create", "search 1"], "reconciled"),
            (vec![Ok(json(200, "{\"succ")), none()], vec!["create", "search 1"], "ResponseError truncated"),
            (vec![Ok(json(404, "<html>"))], vec!["create"], "ResponseError bad_json"),
            // Others whose address or group only looks like it, and an older one of the same person.
            (
                vec![
                    lost(),
                    Ok(found(1, 4, &[("aa@example.com", OURS.1, 1), ("A@example.com", OURS.1, 1)])),
                    Ok(found(2, 4, &[(OURS.0, "GcI6H5b66a3v2", 1), (OURS.0, OURS.1, -301)])),
                    draft(),
                ],
                vec!["create", "search 1", "search 2", "create"],
                "answered",
            ),
            (
                vec![lost(), Ok(found(1, 3, &[("xa@example.com", OURS.1, 1); 2])), Ok(found(2, 3, &[OURS]))],
                vec!["create", "search 1", "search 2"],
                "reconciled",
            ),
            // Carried out after it was looked for: the duplicate rule says so.
            (
                vec![lost(), none(), Ok(exists()), Ok(found(1, 1, &[OURS]))],
                vec!["create", "search 1", "create", "search 1"],
                "reconciled",
            ),
            (
                vec![lost(), none(), Ok(exists()), none()],
                vec!["create", "search 1", "create", "search 1"],
                "ConflictError credential_exists",
            ),
            (vec![Ok(exists())], vec!["create"], "ConflictError credential_exists"),
            // The search has repeats of its own; where it fails, nothing is created again.
            (
                vec![lost(), Ok(unavailable()), Ok(found(1, 1, &[OURS]))],
                vec!["create", "search 1", "search 1"],
                "reconciled",
            ),
            (vec![lost(), Ok(json(401, "{}"))], vec!["create", "search 1"], "ConnectionError connection_failed"),
            (vec![lost(), Ok(json(200, "{}"))], vec!["create", "search 1"], "ConnectionError connection_failed"),
            (
                vec![lost(), none(), lost(), none(), lost(), none()],
                vec!["create", "search 1", "create", "search 1", "create", "search 1"],
                "ConnectionError connection_failed",
            ),
        ] {
            let (found, result) = course(answers);
            assert_eq!(found, sent, "{expected}");
            let ended = match &result {
                Ok(answer) if answer.reconciled => "reconciled".to_owned(),
                Ok(_) => "answered".to_owned(),
                Err(error) => format!("{} {}", error.class.name(), error.code),
            };
            assert_eq!(ended, expected, "{sent:?}");
            if let Ok(answer) = result {
                let body: serde_json::Value = serde_json::from_str(answer.text()).unwrap();
                assert_eq!((&body["success"], &body["document_id"]), (&true.into(), &ID.into()));
                assert_eq!(body.get("reconciled").is_some(), answer.reconciled);
            }
        }
    }

    #[test]
    fn an_earlier_creation_is_looked_for_before_anything_is_sent() {
        let lost = || Err(Fault::Lost(Box::default()));
        // An hour ago, so that one made then counts, and one made before does not.
        let since = |answers| {
            let host = Script::new(answers);
            let settings = Settings::read("test", r#"{"mayExistSince":1799996400000,"maxRetries":0}"#).unwrap();
            let result = call(&host, &settings, named("credentials.generate"), None, Some(DRAFT));
            let sent: Vec<String> = host.sent.take();
            (sent.iter().filter(|sent| sent.contains("/generate")).count(), result)
        };
        let (created, result) = since(vec![Ok(found(1, 1, &[(OURS.0, OURS.1, -3599)]))]);
        assert_eq!((created, result.unwrap().reconciled), (0, true));
        let (created, result) = since(vec![Ok(found(1, 1, &[(OURS.0, OURS.1, -3901)])), Ok(json(200, VIEW))]);
        assert_eq!((created, result.unwrap().reconciled), (1, false));
        let future = Script::new([Ok(found(1, 0, &[])), lost(), Ok(found(1, 1, &[OURS]))]);
        let settings = Settings::read("test", r#"{"mayExistSince":1900000000000}"#).unwrap();
        let result = call(&future, &settings, named("credentials.generate"), None, Some(DRAFT));
        assert!(result.unwrap().reconciled, "a time to come hides what was lost");
        let (created, result) = since(vec![Ok(found(1, 0, &[])), Ok(exists()), Ok(found(1, 1, &[OURS]))]);
        assert_eq!((created, result.unwrap().reconciled), (1, true));
        for (answers, code, retryable) in
            [(vec![lost()], "connection_failed", true), (vec![Ok(json(401, "{}"))], "unauthorized", false)]
        {
            let (created, result) = since(answers);
            let Err(Failure::Error(error)) = result else { panic!("an error is expected") };
            assert_eq!((created, error.code, error.attempts, error.retryable), (0, code, 0, retryable));
            assert_eq!(error.operation, "credentials.generate");
            assert!(error.message.ends_with("nothing was sent"), "{}", error.message);
        }
        let settings = Settings::read("test", r#"{"mayExistSince":0}"#).unwrap();
        let host = Script::new([]);
        let result = call(&host, &settings, named("credentials.view"), Some(ID), None);
        let Err(Failure::Error(error)) = result else { panic!("an error is expected") };
        assert_eq!(error.issues, [Issue::new("mayExistSince", Rule::UnknownField)]);
    }

    #[test]
    fn a_lost_publication_is_repeated_and_a_refusal_then_is_looked_into() {
        let lost = || Err(Fault::Lost(Box::default()));
        let refused = || Ok(json(400, r#"{"success":false,"error":"x","error_code":"invalid_status"}"#));
        let done = || Ok(json(200, r#"{"success":true,"message":"Credential published successfully"}"#));
        let viewed = |status: &str| Ok(json(200, &VIEW.replace("active", status)));
        for (answers, requests, expected) in [
            (vec![done()], 1, "answered"),
            (vec![lost(), done()], 2, "answered"),
            (vec![lost(), refused(), viewed("active")], 3, "reconciled"),
            (vec![Ok(unavailable()), refused(), viewed("active")], 3, "reconciled"),
            (vec![lost(), refused(), viewed("unpublished")], 3, "BadRequestError invalid_status"),
            (vec![refused()], 1, "BadRequestError invalid_status"),
        ] {
            let host = Script::new(answers);
            let ended = match run(&host, named("credentials.publish"), Some(ID), None) {
                Ok(answer) if answer.reconciled => "reconciled".to_owned(),
                Ok(_) => "answered".to_owned(),
                Err(error) => format!("{} {}", error.class.name(), error.code),
            };
            assert_eq!((ended.as_str(), host.sent.borrow().len()), (expected, requests));
        }
    }

    #[test]
    fn a_client_that_has_spent_its_quota_repeats_nothing() {
        let lost = || Err(Fault::Lost(Box::default()));
        let host = Script::new([lost(), lost()]);
        host.quota.set(Some(9));
        let error = run(&host, named("credentials.view"), Some(ID), None).expect_err("lost");
        assert_eq!((error.attempts, error.retryable, host.quota.get()), (2, true, Some(4)));
        assert!(error.message.ends_with("retry quota is used up"), "{}", error.message);
        // Looking for a lost creation is no repeat (and a success, which gives 1 back); making it again is one.
        let host = Script::new([lost(), Ok(found(1, 0, &[]))]);
        host.quota.set(Some(3));
        let error = run(&host, named("credentials.generate"), None, Some(DRAFT)).expect_err("lost");
        assert_eq!((error.class, error.attempts), (Class::Connection, 1));
        let host = Script::new([lost(), Ok(json(200, VIEW))]);
        host.quota.set(Some(100));
        run(&host, named("credentials.view"), Some(ID), None).unwrap();
        assert_eq!(host.quota.get(), Some(100));
    }

    #[test]
    fn what_happens_is_told() {
        let mut slow = json(200, VIEW);
        slow.request_id = Some("r-1");
        let host = Script::new([Err(Fault::Lost(Box::default())), Ok(unavailable()), Ok(slow)]);
        run(&host, named("credentials.view"), Some(ID), None).unwrap();
        let told = r#"request {"operation":"credentials.view","attempt":1}
retry {"operation":"credentials.view","attempt":1,"delayMs":500,"code":"connection_failed"}
request {"operation":"credentials.view","attempt":2}
response {"operation":"credentials.view","attempt":2,"durationMs":0,"status":503}
retry {"operation":"credentials.view","attempt":2,"delayMs":1000,"code":"server_error","status":503}
request {"operation":"credentials.view","attempt":3}
response {"operation":"credentials.view","attempt":3,"durationMs":0,"requestId":"r-1","status":200}"#;
        assert_eq!(host.events.borrow().join("\n"), told);
    }

    #[test]
    fn the_total_time_bounds_all_attempts() {
        let host = Script::new([Err(Fault::Timeout), Err(Fault::Timeout)]);
        let error = run(&host, named("credentials.view"), Some(ID), None).expect_err("too slow");
        assert_eq!((error.class, error.attempts), (Class::Timeout, 2));
        let spent = host.now.get() - 1_800_000_000_000;
        assert!((59_000..=60_000).contains(&spent), "{spent} ms");
    }

    #[test]
    fn nothing_is_looked_for_when_the_time_is_up() {
        let settings = Settings::read("test", r#"{"timeoutMs":9000,"totalTimeoutMs":1000}"#).unwrap();
        let host = Script::new([Err(Fault::Timeout)]);
        let result = call(&host, &settings, named("credentials.generate"), None, Some(DRAFT));
        let Err(Failure::Error(error)) = result else { panic!("too slow") };
        assert_eq!((error.class, error.attempts, error.retryable), (Class::Timeout, 1, false));
        assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
        assert_eq!(host.sent.borrow().len(), 1);
    }

    #[test]
    fn an_overlong_wait_is_the_callers() {
        let mut refused = json(429, "{}");
        refused.retry_after = Some("86400");
        let host = Script::new([Ok(refused)]);
        let error = run(&host, named("credentials.view"), Some(ID), None).expect_err("refused");
        assert_eq!((error.attempts, error.retry_after_ms), (1, Some(86_400_000)));
    }
}
