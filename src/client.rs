//! Owns a call from its arguments to its answer: checking, attempts, waits. How bytes travel is the `Host`'s.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::error::{Cause, Class, Error, Failure};
use crate::operations::Operation;
use crate::response::{self, Incoming, Secrets};
use crate::retry;
use crate::settings::{Settings, is_token};
use crate::shape::{self, Issue, Kind, Rule};

/// One attempt as it goes out.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    /// Absent where the service asked is not the API (`Verifier`).
    pub(crate) token: Option<&'a str>,
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

/// What a call needs from where it runs. The wasm bindings implement it with fetch, the tests with a script.
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
}

/// An answer as documented.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) age_s: Option<String>,
    pub(crate) attempts: u32,
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
struct Course<'a> {
    settings: &'a Settings,
    operation: &'static Operation,
    id: Option<&'a str>,
    body: Option<&'a str>,
    url: String,
    started_ms: i64,
    attempts: u32,
}

enum Next {
    Done(Result<Answer, Failure>),
    /// Wait as many milliseconds, then send again.
    Repeat(u64),
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
        let url = [settings.base_url.as_str(), &operation.path_for(id)].concat();
        let body = operation.request.and(body);
        Ok(Self { settings, operation, id, body, url, started_ms, attempts: 0 })
    }

    fn spent_ms(&self, now_ms: i64) -> u64 {
        // A clock that was set back has spent nothing.
        u64::try_from(now_ms - self.started_ms).unwrap_or(0)
    }

    /// How long this attempt may take: its own time, but no more than is left of the whole.
    fn limit_ms(&self, now_ms: i64) -> u64 {
        let left = self.settings.total_timeout_ms.saturating_sub(self.spent_ms(now_ms));
        self.settings.timeout_ms.min(left)
    }

    fn request<'r>(&'r mut self, token: &'r str, now_ms: i64) -> Outgoing<'r> {
        self.attempts += 1;
        let timeout_ms = self.limit_ms(now_ms);
        Outgoing {
            method: self.operation.method,
            url: &self.url,
            token: Some(token),
            body: self.body,
            request_id_header: &self.settings.request_id_header,
            timeout_ms,
            max_response_bytes: self.settings.max_response_bytes,
        }
    }

    fn settle(&self, result: Result<Incoming, Fault>, token: &str, now_ms: i64, random: f64) -> Next {
        let mut error = match self.read(result, token, now_ms) {
            Err(Failure::Error(error)) => error,
            done => return Next::Done(done),
        };
        error.attempts = self.attempts;
        error.retryable = retry::may_repeat(self.operation.repeat, &error);
        let wait = retry::wait_ms(&error, self.attempts - 1, random).filter(|wait| {
            error.retryable
                && self.attempts <= self.settings.max_retries
                && self.spent_ms(now_ms).saturating_add(*wait) < self.settings.total_timeout_ms
        });
        wait.map_or(Next::Done(Err(Failure::Error(error))), Next::Repeat)
    }

    fn read(&self, result: Result<Incoming, Fault>, token: &str, now_ms: i64) -> Result<Answer, Failure> {
        let secrets = Secrets { token };
        let incoming = match result {
            Ok(incoming) => incoming,
            Err(Fault::Aborted) => return Err(Failure::Aborted),
            Err(fault) => return Err(lost(self.operation, fault).into()),
        };
        let text = response::read(self.operation, self.id, &incoming, &secrets).map_err(|mut error| {
            let header = incoming.retry_after.as_deref();
            error.retry_after_ms = header.and_then(|header| retry::retry_after_ms(header, now_ms));
            error
        })?;
        let request_id = incoming.request_id.filter(|id| secrets.publishable(id).is_some());
        let (status, age_s) = (incoming.status, incoming.age_s);
        Ok(Answer { text, status, request_id, age_s, attempts: self.attempts })
    }

    /// The token as the caller's function gave it, if it can stand in a header.
    fn token(&self, given: Result<String, Fault>) -> Result<String, Failure> {
        match given {
            Ok(token) if is_token(&token) => Ok(token),
            Ok(_) => Err(Error::invalid(self.operation.name, vec![Issue::new("token", Rule::Token)]).into()),
            Err(Fault::Aborted) => Err(Failure::Aborted),
            Err(_) => {
                let text = "the token function failed (its error is not shown: it may hold the token)";
                Err(Error::new(Class::Authentication, "token_unavailable", self.operation.name, text).into())
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
    loop {
        let token = course.token(host.token(course.limit_ms(host.now_ms())).await)?;
        let result = host.send(&course.request(&token, host.now_ms())).await;
        match course.settle(result, &token, host.now_ms(), host.random()) {
            Next::Done(result) => return result,
            Next::Repeat(wait_ms) => host.pause(wait_ms).await.map_err(|_| Failure::Aborted)?,
        }
    }
}

/// The error of an attempt without an answer. For a call that creates something it says so: it may have been done.
fn lost(operation: &'static Operation, fault: Fault) -> Box<Error> {
    let maybe_done = operation.repeat == crate::operations::Repeat::Never;
    let with_doubt = |text: &'static str| -> String {
        if maybe_done { [text, "; the request may have taken effect"].concat() } else { text.to_owned() }
    };
    match fault {
        Fault::Timeout => {
            Error::new(Class::Timeout, "timeout", operation.name, &with_doubt("no complete answer in time"))
        }
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
            let text = with_doubt("the connection failed or was lost");
            let mut error = Error::new(Class::Connection, "connection_failed", operation.name, &text);
            error.cause = Some(cause);
            error
        }
        Fault::Aborted => Error::new(Class::Internal, "internal", operation.name, "aborted"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::operations::{CREDENTIALS_GENERATE, CREDENTIALS_VIEW, GROUPS_CREATE};
    use alloc::collections::VecDeque;
    use core::cell::{Cell, RefCell};

    /// A host that answers from a script and whose clock moves only by waiting.
    pub(crate) struct Script {
        pub(crate) answers: RefCell<VecDeque<Result<Incoming, Fault>>>,
        pub(crate) sent: RefCell<Vec<String>>,
        pub(crate) pauses: RefCell<Vec<u64>>,
        pub(crate) now: Cell<i64>,
        pub(crate) token: &'static str,
    }

    impl Script {
        pub(crate) fn new(answers: impl IntoIterator<Item = Result<Incoming, Fault>>) -> Self {
            Self {
                answers: RefCell::new(answers.into_iter().collect()),
                sent: RefCell::default(),
                pauses: RefCell::default(),
                now: Cell::new(1_800_000_000_000),
                token: "tok_secret",
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
        assert_eq!((answer.text.as_str(), answer.status, answer.attempts), (VIEW, 200, 1));
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
            let error = run(&host, &CREDENTIALS_GENERATE, None, Some(DRAFT)).expect_err("lost");
            assert_eq!((error.attempts, error.retryable), (1, false));
        }
        let mut refused = json(429, "{}");
        refused.retry_after = Some("2".to_owned());
        let host = Script::new([
            Ok(refused),
            Ok(json(409, r#"{"success":false,"error":"x","error_code":"credential_exists"}"#)),
        ]);
        let error = run(&host, &CREDENTIALS_GENERATE, None, Some(DRAFT)).expect_err("exists");
        assert_eq!((error.class, error.attempts), (Class::Conflict, 2));
        assert_eq!(*host.pauses.borrow(), [2000]);
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
    fn an_overlong_wait_is_the_callers() {
        let mut refused = json(429, "{}");
        refused.retry_after = Some("86400".to_owned());
        let host = Script::new([Ok(refused)]);
        let error = run(&host, &CREDENTIALS_VIEW, Some(ID), None).expect_err("refused");
        assert_eq!((error.attempts, error.retry_after_ms), (1, Some(86_400_000)));
    }
}
