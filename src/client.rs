//! Owns a call from its arguments to its answer: checking, attempts, waits. How bytes travel is the `Host`'s.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::{Cause, Class, Error, Failure};
use crate::json;
use crate::json_writer::JsonWriter;
use crate::operations::{Operation, Repeat};
use crate::reconcile::{Inquiry, Learnt};
use crate::response::{self, Incoming, Secrets};
use crate::retry;
use crate::settings::{Settings, is_token};
use crate::shape::{self, Issue, Kind, Rule};

/// One attempt as it goes out.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    /// Counted from 1.
    pub(crate) attempt: u32,
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    /// Absent where the service asked is not the API (`Verifier`).
    pub(crate) token: Option<&'a str>,
    /// The caller's own.
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<&'a str>,
    pub(crate) request_id_header: &'a str,
    /// For headers and body together.
    pub(crate) timeout_ms: u64,
    pub(crate) max_response_bytes: u64,
}

/// Why an attempt brought no answer.
#[derive(Debug)]
pub(crate) enum Fault {
    Aborted,
    Timeout,
    /// The connection could not be made or was lost.
    Lost(Cause),
    TooLarge,
    Redirect {
        status: u16,
    },
}

/// What a caller can be told of a call while it is under way. Holds nothing secret.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    Request,
    Response { status: u16, request_id: Option<&'a str>, duration_ms: i64 },
    Retry { error: &'a Error, delay_ms: u64 },
}

impl Event<'_> {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response { .. } => "response",
            Self::Retry { .. } => "retry",
        }
    }

    pub(crate) fn to_json(&self, operation: &str, attempt: u32) -> String {
        let mut writer = JsonWriter::default();
        writer.object(|json| {
            json.key("operation").string(operation);
            json.key("attempt").number(i64::from(attempt));
            let status = match self {
                Self::Request => None,
                Self::Response { status, request_id, duration_ms } => {
                    json.key("durationMs").number(*duration_ms);
                    if let Some(id) = request_id {
                        json.key("requestId").string(id);
                    }
                    Some(*status)
                }
                Self::Retry { error, delay_ms } => {
                    json.key("delayMs").number(i64::try_from(*delay_ms).unwrap_or(i64::MAX));
                    json.key("code").string(&error.code);
                    error.status
                }
            };
            if let Some(status) = status {
                json.key("status").number(i64::from(status));
            }
        });
        writer.into_text()
    }
}

/// What a call needs from where it runs. The bindings implement it with a session, the tests with a script.
#[allow(async_fn_in_trait, reason = "used inside this crate only, on one thread")]
pub(crate) trait Host {
    /// The bearer token, asked for at every attempt so that it can be renewed.
    async fn token(&self, timeout_ms: u64) -> Result<String, Fault>;
    async fn send(&self, request: &Outgoing<'_>) -> Result<Incoming, Fault>;
    /// Waits; `Err` at once when the caller's signal fires.
    async fn pause(&self, ms: u64) -> Result<(), Fault>;
    /// Milliseconds since 1970.
    fn now_ms(&self) -> i64;
    /// From 0 to 1.
    fn random(&self) -> f64;
    /// What the client has left for repeats, shared by its calls; `None` where it has spent nothing yet.
    fn quota(&self) -> Option<u32>;
    fn set_quota(&self, quota: u32);
    fn tell(&self, operation: &'static Operation, attempt: u32, event: &Event<'_>);
}

/// An answer as documented.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The bytes of the answer, which have been checked.
    pub(crate) body: Vec<u8>,
    /// What is given instead of them, where that is another text.
    pub(crate) instead: Option<String>,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) age_s: Option<String>,
    pub(crate) attempts: u32,
    /// The answer was lost; what it would have said was read from the account.
    pub(crate) reconciled: bool,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        self.instead.as_deref().unwrap_or_else(|| json::text_of(&self.body).unwrap_or_default())
    }
}

/// Checks the arguments of a call; every finding at once. The body is the text that will be sent.
pub(crate) fn check_arguments(
    operation: &'static Operation,
    id: Option<&str>,
    body: Option<&str>,
) -> Result<(), Box<Error>> {
    let mut issues = Vec::new();
    if let Some((name, grammar)) = operation.id {
        match id {
            Some(id) if (grammar.accepts)(id) => {}
            Some(_) => issues.push(Issue::new(name, grammar.rule)),
            None => issues.push(Issue::new(name, Rule::Required)),
        }
    }
    if let Some(request) = operation.request {
        let found = shape::check(body.unwrap_or_default(), &Kind::Object(request));
        issues.extend(found.unwrap_or_else(|_| vec![Issue::new("", Rule::Object)]));
    }
    if issues.is_empty() { Ok(()) } else { Err(Error::invalid(operation.name, issues)) }
}

/// A call under way. What to do next is decided here, without waiting for anything; `call` does the waiting.
/// Kept apart because code between two `await`s costs twice: docs/decisions/0002-no-std.md.
pub(crate) struct Course<'a> {
    settings: &'a Settings,
    pub(crate) operation: &'static Operation,
    pub(crate) id: Option<&'a str>,
    pub(crate) body: Option<&'a str>,
    url: String,
    started_ms: i64,
    /// When what is looked for can have been sent first.
    pub(crate) begun_ms: i64,
    attempts: u32,
    /// An attempt has ended without telling whether it was carried out.
    lost_once: bool,
}

enum Next {
    Done(Result<Answer, Failure>),
    /// Wait as many milliseconds, then send again.
    Repeat(Box<Error>, u64),
    /// It is unknown whether it was done, and the account can tell. `Some`: if it was not, wait so long and repeat.
    Reconcile(Box<Error>, Option<u64>),
}

impl<'a> Course<'a> {
    fn new(
        settings: &'a Settings,
        operation: &'static Operation,
        id: Option<&'a str>,
        body: Option<&'a str>,
        started_ms: i64,
    ) -> Result<Self, Box<Error>> {
        check_arguments(operation, id, body)?;
        let earlier_ms = settings.may_exist_since_ms;
        if earlier_ms.is_some() && operation.repeat != Repeat::Reconcile {
            return Err(Error::invalid(operation.name, vec![Issue::new("mayExistSince", Rule::UnknownField)]));
        }
        // A time to come would hide what this call itself loses.
        let begun_ms = earlier_ms.unwrap_or(started_ms).min(started_ms);
        let url = [settings.base_url.as_str(), &operation.path_for(id)].concat();
        let body = operation.request.and(body);
        let lost_once = earlier_ms.is_some();
        Ok(Self { settings, operation, id, body, url, started_ms, begun_ms, attempts: 0, lost_once })
    }

    fn spent_ms(&self, now_ms: i64) -> u64 {
        // A clock that was set back has spent nothing.
        u64::try_from(now_ms - self.started_ms).unwrap_or(0)
    }

    fn left_ms(&self, now_ms: i64) -> u64 {
        self.settings.total_timeout_ms.saturating_sub(self.spent_ms(now_ms))
    }

    /// How long this attempt may take: its own time, but no more than is left of the whole.
    fn limit_ms(&self, now_ms: i64) -> u64 {
        self.settings.timeout_ms.min(self.left_ms(now_ms))
    }

    fn request<'r>(&'r mut self, token: &'r str, now_ms: i64) -> Outgoing<'r> {
        self.attempts += 1;
        let timeout_ms = self.limit_ms(now_ms);
        Outgoing {
            attempt: self.attempts,
            method: self.operation.method,
            url: &self.url,
            token: Some(token),
            headers: &self.settings.headers,
            body: self.body,
            request_id_header: &self.settings.request_id_header,
            timeout_ms,
            max_response_bytes: self.settings.max_response_bytes,
        }
    }

    fn settle(&mut self, result: Result<Incoming, Fault>, token: &str, now_ms: i64, random: f64) -> Next {
        let mut error = match self.read(result, token, now_ms) {
            Err(Failure::Error(error)) => error,
            done => return Next::Done(done),
        };
        error.attempts = self.attempts;
        error.retryable = retry::may_repeat(self.operation.repeat, &error);
        let wait = retry::wait_ms(&error, self.attempts - 1, random).filter(|wait| {
            self.attempts <= self.settings.max_retries
                && self.spent_ms(now_ms).saturating_add(*wait) < self.settings.total_timeout_ms
        });
        let lost = retry::is_lost(&error);
        let creates = matches!(self.operation.repeat, Repeat::Never | Repeat::Reconcile);
        if creates && (lost || retry::is_unreadable(&error)) {
            error.message.push_str("; the request may have taken effect");
        }
        let after_a_loss = self.lost_once;
        self.lost_once |= lost;
        let uncertain = match self.operation.repeat {
            // Found or not: the duplicate rule refuses a second one where the first was carried out after all.
            Repeat::Reconcile => {
                lost || retry::is_unreadable(&error) || (after_a_loss && error.class == Class::Conflict)
            }
            Repeat::Publish => after_a_loss && error.code == "invalid_status",
            Repeat::Safe | Repeat::Never => false,
        };
        // Without time to ask, asking would be a race between the answer and a timer of 0 ms.
        let uncertain = uncertain && self.left_ms(now_ms) > 0;
        match wait {
            _ if uncertain => Next::Reconcile(error, wait.filter(|_| lost)),
            Some(wait) if error.retryable => Next::Repeat(error, wait),
            _ => Next::Done(Err(Failure::Error(error))),
        }
    }

    fn read(&self, result: Result<Incoming, Fault>, token: &str, now_ms: i64) -> Result<Answer, Failure> {
        let secrets = Secrets { token };
        let incoming = match result {
            Ok(incoming) => incoming,
            Err(fault) => return Err(lost(self.operation, fault)),
        };
        let instead = response::read(self.operation, self.id, &incoming, &secrets).map_err(|mut error| {
            let header = incoming.retry_after.as_deref();
            error.retry_after_ms = header.and_then(|header| retry::retry_after_ms(header, now_ms));
            error
        })?;
        let request_id = incoming.request_id.filter(|id| secrets.publishable(id).is_some());
        let Incoming { status, age_s, body, .. } = incoming;
        Ok(Answer { body, instead, status, request_id, age_s, attempts: self.attempts, reconciled: false })
    }

    /// The token as the caller's function gave it, if it can stand in a header.
    fn token(&self, given: Result<String, Fault>) -> Result<String, Failure> {
        match given {
            Ok(token) if is_token(&token) => Ok(token),
            Ok(_) => Err(Error::invalid(self.operation.name, vec![Issue::new("token", Rule::Token)]).into()),
            Err(Fault::Aborted) => Err(Failure::Aborted),
            Err(fault) => {
                let mut error = if matches!(fault, Fault::Timeout) {
                    let text = "the token function did not answer in time";
                    Error::new(Class::Timeout, "token_timeout", self.operation.name, text)
                } else {
                    let text = "the token function failed (its error is not shown: it may hold the token)";
                    Error::new(Class::Authentication, "token_unavailable", self.operation.name, text)
                };
                error.retryable = error.class == Class::Timeout;
                error.attempts = self.attempts;
                Err(error.into())
            }
        }
    }
}

/// Makes a call. Nothing is sent unless the arguments are fine.
pub(crate) async fn call<H: Host>(
    host: &H,
    settings: &Settings,
    operation: &'static Operation,
    id: Option<&str>,
    body: Option<&str>,
) -> Result<Answer, Failure> {
    let mut course = Course::new(settings, operation, id, body, host.now_ms())?;
    let mut look_first = settings.may_exist_since_ms.is_some();
    loop {
        let doubt = if core::mem::take(&mut look_first) {
            None
        } else {
            match attempt(host, &mut course).await? {
                Next::Done(result) => return result,
                Next::Repeat(error, wait_ms) => {
                    pause(host, &course, error, wait_ms).await?;
                    continue;
                }
                Next::Reconcile(error, wait) => Some((error, wait)),
            }
        };
        let mut inquiry = Inquiry::new(&course);
        loop {
            // Asked with what is left of the call's time, and with repeats of its own: reading is safe.
            let body = inquiry.body();
            let (operation, id) = inquiry.question();
            let total_timeout_ms = course.left_ms(host.now_ms());
            let settings = Settings { total_timeout_ms, may_exist_since_ms: None, ..settings.clone() };
            let mut asking = Course::new(&settings, operation, id, body.as_deref(), host.now_ms())?;
            let answer = loop {
                match attempt(host, &mut asking).await {
                    Ok(Next::Done(result)) => break result,
                    Ok(Next::Repeat(error, wait_ms)) => match pause(host, &asking, error, wait_ms).await {
                        Ok(()) => {}
                        Err(failure) => break Err(failure),
                    },
                    // Only creations are inquired about, and this is a read.
                    Ok(Next::Reconcile(error, _)) => break Err(Failure::Error(error)),
                    // A token that fails now must not hide what was lost before.
                    Err(failure) => break Err(failure),
                }
            };
            match inquiry.learn(answer) {
                Learnt::Done(text) => {
                    return Ok(Answer {
                        body: Vec::new(),
                        instead: Some(text),
                        status: 200,
                        request_id: None,
                        age_s: None,
                        attempts: course.attempts,
                        reconciled: true,
                    });
                }
                Learnt::NextPage => {}
                Learnt::NotDone => break,
                Learnt::Aborted => return Err(Failure::Aborted),
                // Nothing is repeated that may have been done.
                Learnt::Unknown(asked) => {
                    return Err(Failure::Error(match doubt {
                        Some((error, _)) => error,
                        None => still_unknown(course.operation, asked),
                    }));
                }
            }
        }
        match doubt {
            Some((error, Some(wait_ms))) => pause(host, &course, error, wait_ms).await?,
            Some((error, None)) => return Err(Failure::Error(error)),
            // It had not been carried out before, so it is sent for the first time.
            None => {}
        }
    }
}

/// The error of a call that was to find out first whether an earlier one was carried out, and could not.
fn still_unknown(operation: &'static Operation, asked: Option<Box<Error>>) -> Box<Error> {
    let text = "it could not be found out whether an earlier request was carried out; nothing was sent";
    let mut error = asked.unwrap_or_else(|| Error::new(Class::Response, "outcome_unknown", operation.name, ""));
    error.message = [operation.name, ": ", text].concat();
    error.operation = operation.name;
    error.attempts = 0;
    error
}

/// One attempt, and what follows from it.
async fn attempt<H: Host>(host: &H, course: &mut Course<'_>) -> Result<Next, Failure> {
    let token = course.token(host.token(course.limit_ms(host.now_ms())).await)?;
    let operation = course.operation;
    let sent_ms = host.now_ms();
    let request = course.request(&token, sent_ms);
    host.tell(operation, request.attempt, &Event::Request);
    let result = host.send(&request).await;
    let now_ms = host.now_ms();
    if let Ok(incoming) = &result {
        let request_id = incoming.request_id.as_deref().and_then(|id| Secrets { token: &token }.publishable(id));
        let event = Event::Response { status: incoming.status, request_id, duration_ms: now_ms - sent_ms };
        host.tell(operation, course.attempts, &event);
    }
    let next = course.settle(result, &token, now_ms, host.random());
    if let Next::Done(Ok(_)) = next {
        host.set_quota(retry::refund(host.quota(), course.attempts - 1));
    }
    Ok(next)
}

/// The wait before a repeat, if the client may still afford one; otherwise `error` is the end.
async fn pause<H: Host>(host: &H, course: &Course<'_>, mut error: Box<Error>, wait_ms: u64) -> Result<(), Failure> {
    let Some(left) = retry::spend(host.quota()) else {
        error.message.push_str("; not repeated: this client's retry quota is used up");
        return Err(Failure::Error(error));
    };
    host.set_quota(left);
    host.tell(course.operation, course.attempts, &Event::Retry { error: &error, delay_ms: wait_ms });
    host.pause(wait_ms).await.map_err(|_| Failure::Aborted)
}

/// What an attempt without an answer amounts to.
fn lost(operation: &'static Operation, fault: Fault) -> Failure {
    let error = match fault {
        Fault::Aborted => return Failure::Aborted,
        Fault::Timeout => Error::new(Class::Timeout, "timeout", operation.name, "no complete answer in time"),
        Fault::TooLarge => {
            let text = "the answer is larger than maxResponseBytes";
            Error::new(Class::Response, "body_too_large", operation.name, text)
        }
        Fault::Redirect { status } => {
            // Following would take the token to wherever the answer points.
            let text = "the answer is a redirect, which is never followed";
            let mut error = Error::new(Class::Response, "unexpected_redirect", operation.name, text);
            error.status = (status != 0).then_some(status);
            error
        }
        Fault::Lost(cause) => {
            let text = "the connection failed or was lost";
            let mut error = Error::new(Class::Connection, "connection_failed", operation.name, text);
            error.cause = Some(cause);
            error
        }
    };
    error.into()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::operations::{CREDENTIALS_GENERATE, CREDENTIALS_PUBLISH, CREDENTIALS_VIEW, GROUPS_CREATE};
    use alloc::collections::VecDeque;
    use core::cell::{Cell, RefCell};

    /// A host that answers from a script and whose clock moves only by waiting.
    pub(crate) struct Script {
        pub(crate) answers: RefCell<VecDeque<Result<Incoming, Fault>>>,
        pub(crate) sent: RefCell<Vec<String>>,
        pub(crate) pauses: RefCell<Vec<u64>>,
        pub(crate) now: Cell<i64>,
        pub(crate) token: &'static str,
        pub(crate) quota: Cell<Option<u32>>,
        pub(crate) events: RefCell<Vec<String>>,
    }

    impl Script {
        pub(crate) fn new(answers: impl IntoIterator<Item = Result<Incoming, Fault>>) -> Self {
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

    impl Host for Script {
        async fn token(&self, _: u64) -> Result<String, Fault> {
            Ok(self.token.to_owned())
        }
        async fn send(&self, request: &Outgoing<'_>) -> Result<Incoming, Fault> {
            self.sent.borrow_mut().push(format!("{} {} {}", request.method, request.url, request.body.unwrap_or("-")));
            let answer = self.answers.borrow_mut().pop_front().expect("an unexpected request");
            if matches!(answer, Err(Fault::Timeout)) {
                self.now.set(self.now.get() + i64::try_from(request.timeout_ms).unwrap());
            }
            answer
        }
        async fn pause(&self, ms: u64) -> Result<(), Fault> {
            self.pauses.borrow_mut().push(ms);
            self.now.set(self.now.get() + i64::try_from(ms).unwrap());
            Ok(())
        }
        fn now_ms(&self) -> i64 {
            self.now.get()
        }
        fn random(&self) -> f64 {
            1.0
        }
        fn quota(&self) -> Option<u32> {
            self.quota.get()
        }
        fn set_quota(&self, quota: u32) {
            self.quota.set(Some(quota));
        }
        fn tell(&self, operation: &'static Operation, attempt: u32, event: &Event<'_>) {
            self.events.borrow_mut().push(format!("{} {}", event.name(), event.to_json(operation.name, attempt)));
        }
    }

    pub(crate) fn json(status: u16, body: &str) -> Incoming {
        Incoming {
            status,
            content_type: Some("application/json".to_owned()),
            body: body.as_bytes().to_vec(),
            ..Incoming::default()
        }
    }

    fn unavailable() -> Incoming {
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
    ) -> Result<Answer, Box<Error>> {
        let settings = Settings::read("test", "{}").unwrap();
        pollster::block_on(call(host, &settings, operation, id, body)).map_err(|failure| match failure {
            Failure::Error(error) => error,
            Failure::Aborted => panic!("aborted"),
        })
    }

    #[test]
    fn a_call_sends_what_is_documented() {
        let host = Script::new([Ok(json(200, VIEW))]);
        let answer = run(&host, &CREDENTIALS_VIEW, Some(ID), None).unwrap();
        assert_eq!((answer.text(), answer.status, answer.attempts), (VIEW, 200, 1));
        assert_eq!(*host.sent.borrow(), [format!("GET https://api.thehyperstack.com/v1/credential/{ID}/view -")]);
    }

    #[test]
    fn nothing_is_sent_when_an_argument_is_wrong() {
        for (operation, id, body) in [
            (&CREDENTIALS_VIEW, Some(".."), None),
            (&CREDENTIALS_VIEW, Some("%2e%2e"), None),
            (&CREDENTIALS_VIEW, Some("a/b"), None),
            (&CREDENTIALS_VIEW, Some(""), None),
            (&CREDENTIALS_VIEW, None, None),
            (&CREDENTIALS_GENERATE, None, None),
            (&CREDENTIALS_GENERATE, None, Some("null")),
            (&CREDENTIALS_GENERATE, None, Some("{\"recipient\":")),
            (&GROUPS_CREATE, None, Some("{}")),
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
            let error = run(&host, &CREDENTIALS_VIEW, Some(ID), None).expect_err("refused");
            assert_eq!(error.issues, [Issue::new("token", Rule::Token)]);
            assert!(token.is_empty() || !error.to_json().contains(token));
        }
    }

    #[test]
    fn reads_are_repeated() {
        let lost = || Err(Fault::Lost(Cause::default()));
        let host = Script::new([lost(), Ok(unavailable()), Ok(json(200, VIEW))]);
        assert_eq!(run(&host, &CREDENTIALS_VIEW, Some(ID), None).unwrap().attempts, 3);
        assert_eq!(*host.pauses.borrow(), [500, 1000]);
        let host = Script::new([lost(), lost(), lost()]);
        let error = run(&host, &CREDENTIALS_VIEW, Some(ID), None).expect_err("lost");
        assert_eq!((error.class, error.attempts, error.retryable), (Class::Connection, 3, true));
    }

    #[test]
    fn creations_are_not_repeated_blindly() {
        for fault in [Err(Fault::Lost(Cause::default())), Err(Fault::Timeout), Ok(unavailable())] {
            let host = Script::new([fault]);
            let error = run(&host, &GROUPS_CREATE, None, Some(GROUP)).expect_err("lost");
            assert_eq!((error.attempts, error.retryable), (1, false));
            assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
        }
        let mut refused = json(429, "{}");
        refused.retry_after = Some("2".to_owned());
        let host = Script::new([Ok(refused), Ok(exists())]);
        let error = run(&host, &CREDENTIALS_GENERATE, None, Some(DRAFT)).expect_err("exists");
        assert_eq!((error.class, error.attempts), (Class::Conflict, 2));
        assert_eq!(*host.pauses.borrow(), [2000]);
    }

    fn exists() -> Incoming {
        json(409, r#"{"success":false,"error":"x","error_code":"credential_exists"}"#)
    }

    /// A page of a search: for each of `(email, group, seconds after the call began)` a credential.
    fn found(page: u32, total: u32, items: &[(&str, &str, i64)]) -> Incoming {
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
    fn course(answers: Vec<Result<Incoming, Fault>>) -> (Vec<String>, Result<Answer, Box<Error>>) {
        let host = Script::new(answers);
        let result = run(&host, &CREDENTIALS_GENERATE, None, Some(DRAFT));
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
        let lost = || Err(Fault::Lost(Cause::default()));
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
        let lost = || Err(Fault::Lost(Cause::default()));
        // An hour ago, so that one made then counts, and one made before does not.
        let since = |answers| {
            let host = Script::new(answers);
            let settings = Settings::read("test", r#"{"mayExistSince":1799996400000,"maxRetries":0}"#).unwrap();
            let result = pollster::block_on(call(&host, &settings, &CREDENTIALS_GENERATE, None, Some(DRAFT)));
            let sent: Vec<String> = host.sent.take();
            (sent.iter().filter(|sent| sent.contains("/generate")).count(), result)
        };
        let (created, result) = since(vec![Ok(found(1, 1, &[(OURS.0, OURS.1, -3599)]))]);
        assert_eq!((created, result.unwrap().reconciled), (0, true));
        let (created, result) = since(vec![Ok(found(1, 1, &[(OURS.0, OURS.1, -3901)])), Ok(json(200, VIEW))]);
        assert_eq!((created, result.unwrap().reconciled), (1, false));
        let future = Script::new([Ok(found(1, 0, &[])), lost(), Ok(found(1, 1, &[OURS]))]);
        let settings = Settings::read("test", r#"{"mayExistSince":1900000000000}"#).unwrap();
        let result = pollster::block_on(call(&future, &settings, &CREDENTIALS_GENERATE, None, Some(DRAFT)));
        assert!(result.unwrap().reconciled, "a time to come hides what was lost");
        let (created, result) = since(vec![Ok(found(1, 0, &[])), Ok(exists()), Ok(found(1, 1, &[OURS]))]);
        assert_eq!((created, result.unwrap().reconciled), (1, true));
        for (answers, code, retryable) in
            [(vec![lost()], "connection_failed", true), (vec![Ok(json(401, "{}"))], "unauthorized", false)]
        {
            let (created, result) = since(answers);
            let Err(Failure::Error(error)) = result else { panic!("an error is expected") };
            assert_eq!((created, error.code.as_str(), error.attempts, error.retryable), (0, code, 0, retryable));
            assert_eq!(error.operation, "credentials.generate");
            assert!(error.message.ends_with("nothing was sent"), "{}", error.message);
        }
        let settings = Settings::read("test", r#"{"mayExistSince":0}"#).unwrap();
        let host = Script::new([]);
        let result = pollster::block_on(call(&host, &settings, &CREDENTIALS_VIEW, Some(ID), None));
        let Err(Failure::Error(error)) = result else { panic!("an error is expected") };
        assert_eq!(error.issues, [Issue::new("mayExistSince", Rule::UnknownField)]);
    }

    #[test]
    fn a_lost_publication_is_repeated_and_a_refusal_then_is_looked_into() {
        let lost = || Err(Fault::Lost(Cause::default()));
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
            let ended = match run(&host, &CREDENTIALS_PUBLISH, Some(ID), None) {
                Ok(answer) if answer.reconciled => "reconciled".to_owned(),
                Ok(_) => "answered".to_owned(),
                Err(error) => format!("{} {}", error.class.name(), error.code),
            };
            assert_eq!((ended.as_str(), host.sent.borrow().len()), (expected, requests));
        }
    }

    #[test]
    fn a_client_that_has_spent_its_quota_repeats_nothing() {
        let lost = || Err(Fault::Lost(Cause::default()));
        let host = Script::new([lost(), lost()]);
        host.quota.set(Some(9));
        let error = run(&host, &CREDENTIALS_VIEW, Some(ID), None).expect_err("lost");
        assert_eq!((error.attempts, error.retryable, host.quota.get()), (2, true, Some(4)));
        assert!(error.message.ends_with("retry quota is used up"), "{}", error.message);
        // Looking for a lost creation is no repeat (and a success, which gives 1 back); making it again is one.
        let host = Script::new([lost(), Ok(found(1, 0, &[]))]);
        host.quota.set(Some(3));
        let error = run(&host, &CREDENTIALS_GENERATE, None, Some(DRAFT)).expect_err("lost");
        assert_eq!((error.class, error.attempts), (Class::Connection, 1));
        let host = Script::new([lost(), Ok(json(200, VIEW))]);
        host.quota.set(Some(100));
        run(&host, &CREDENTIALS_VIEW, Some(ID), None).unwrap();
        assert_eq!(host.quota.get(), Some(100));
    }

    #[test]
    fn what_happens_is_told() {
        let mut slow = json(200, VIEW);
        slow.request_id = Some("r-1".to_owned());
        let host = Script::new([Err(Fault::Lost(Cause::default())), Ok(unavailable()), Ok(slow)]);
        run(&host, &CREDENTIALS_VIEW, Some(ID), None).unwrap();
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
        let error = run(&host, &CREDENTIALS_VIEW, Some(ID), None).expect_err("too slow");
        assert_eq!((error.class, error.attempts), (Class::Timeout, 2));
        let spent = host.now.get() - 1_800_000_000_000;
        assert!((59_000..=60_000).contains(&spent), "{spent} ms");
    }

    #[test]
    fn nothing_is_looked_for_when_the_time_is_up() {
        let settings = Settings::read("test", r#"{"timeoutMs":9000,"totalTimeoutMs":1000}"#).unwrap();
        let host = Script::new([Err(Fault::Timeout)]);
        let result = pollster::block_on(call(&host, &settings, &CREDENTIALS_GENERATE, None, Some(DRAFT)));
        let Err(Failure::Error(error)) = result else { panic!("too slow") };
        assert_eq!((error.class, error.attempts, error.retryable), (Class::Timeout, 1, false));
        assert!(error.message.ends_with("; the request may have taken effect"), "{}", error.message);
        assert_eq!(host.sent.borrow().len(), 1);
    }

    #[test]
    fn an_overlong_wait_is_the_callers() {
        let mut refused = json(429, "{}");
        refused.retry_after = Some("86400".to_owned());
        let host = Script::new([Ok(refused)]);
        let error = run(&host, &CREDENTIALS_VIEW, Some(ID), None).expect_err("refused");
        assert_eq!((error.attempts, error.retry_after_ms), (1, Some(86_400_000)));
    }
}
