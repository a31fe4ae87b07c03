//! The attempts of a call: sending, waiting, retrying, and searching the account for what was lost.

use super::config::{ClientConfig, Limits, TokenSource, TokenUnavailable};
use super::event::Event;
use super::reconcile::{Creation, Difference, Publication};
use super::request::{Accept, Request};
use super::{response, retry};
use crate::api::{Operation, RetrySafety, Trace};
use crate::error::{Cause, Error, ErrorClass};
use crate::model::{BaseUrl, DocumentId, HeaderValue, NewCredential, OwnHeaderName, Timestamp, Token};
use crate::redaction::Secrets;
use crate::transport::{HttpRequest, Transport, TransportError, within};

/// A call, its searches included.
pub(super) struct Call<'a, T> {
    pub(super) transport: &'a T,
    pub(super) config: &'a ClientConfig,
    pub(super) limits: Limits,
    pub(super) headers: &'a [(OwnHeaderName, HeaderValue)],
    pub(super) started: Timestamp,
    pub(super) may_exist_since: Option<Timestamp>,
}

/// How a call succeeded.
pub(super) struct Reply {
    pub(super) text: String,
    pub(super) status: u16,
    pub(super) request_id: Option<String>,
    pub(super) age: Option<String>,
    pub(super) attempts: u32,
    pub(super) reconciled: bool,
}

impl Reply {
    /// What a lost response would have been.
    fn reconciled(text: String, attempts: u32) -> Self {
        Self { text, status: 200, request_id: None, age: None, attempts, reconciled: true }
    }
}

/// The next action after a failed attempt.
enum Next<'a> {
    Fail,
    Retry,
    FindCreation(&'a NewCredential),
    FindPublication(&'a DocumentId),
}

/// Why an attempt failed.
enum Failure {
    /// Nothing was sent, so there is nothing to retry.
    Unsent(Error),
    Sent(Error),
}

impl<T: Transport> Call<'_, T> {
    /// Carries out a call. If an earlier request like this one may have been carried out, the account is searched first.
    pub(super) async fn begin(&self, request: &Request<'_>, accept: &mut Accept<'_>) -> Result<Reply, Error> {
        if let (Some(_), Trace::Credential(lost)) = (self.may_exist_since, request.trace) {
            match self.find_creation(lost, self.begun()).await {
                Creation::NotFound if self.left_ms() > 0 => {}
                Creation::NotFound => return Err(no_time_left(&request.operation)),
                Creation::Found(text) if accept(&text).is_ok() => return Ok(Reply::reconciled(text, 0)),
                creation => return Err(unknown_earlier_outcome(&request.operation, creation)),
            }
        }
        self.run(request, accept).await
    }

    /// Sends the request of an operation until an attempt succeeds, or none may follow.
    pub(super) async fn run(&self, request: &Request<'_>, accept: &mut Accept<'_>) -> Result<Reply, Error> {
        let mut attempts = 0;
        let mut was_lost = self.may_exist_since.is_some();
        loop {
            let error = match self.attempt(request, attempts + 1, accept).await {
                Ok(reply) => {
                    retry::refund(&*self.config.quota, attempts);
                    return Ok(reply);
                }
                Err(Failure::Unsent(mut error)) => {
                    error.attempts = attempts;
                    if was_lost && creates(request.operation.retry) {
                        error.add_possible_effect();
                    }
                    return Err(error);
                }
                Err(Failure::Sent(error)) => error,
            };
            attempts += 1;
            let error = assess(error, attempts, request.operation.retry, was_lost);
            let next = self.next(request.trace, &error, was_lost);
            was_lost |= retry::is_lost(&error);
            match next {
                Next::Fail => return Err(error),
                Next::Retry => self.wait_for_retry(&request.operation, error).await?,
                Next::FindCreation(lost) => {
                    if let Some(reply) = self.reconcile_creation(&request.operation, lost, error, accept).await? {
                        return Ok(reply);
                    }
                }
                Next::FindPublication(document_id) => {
                    return self.reconcile_publication(&request.operation, document_id, error, accept).await;
                }
            }
        }
    }

    /// Waits until the request may be sent again.
    ///
    /// # Errors
    /// The error of the last attempt, if none may follow.
    async fn wait_for_retry(&self, operation: &Operation, error: Error) -> Result<(), Error> {
        let Some(wait_ms) = self.wait_before_retry_ms(&error) else { return Err(error) };
        self.pay_for_retry(operation, error, wait_ms)?;
        self.transport.sleep(wait_ms).await;
        Ok(())
    }

    /// Searches the account for a credential whose creation may have taken effect. Returns `None` if it did not: the caller must
    /// retry at once, so that nothing can take effect in between.
    ///
    /// # Errors
    /// The error of the last attempt if none may follow, or one that describes a near match.
    async fn reconcile_creation(
        &self,
        operation: &Operation,
        lost: &NewCredential,
        error: Error,
        accept: &mut Accept<'_>,
    ) -> Result<Option<Reply>, Error> {
        let is_retried = (retry::is_lost(&error) || error.class == ErrorClass::RateLimit)
            && self.wait_before_retry_ms(&error).is_some();
        // The request may still take effect, so wait as long as before a retry.
        if error.class != ErrorClass::Conflict {
            self.transport.sleep(self.wait_before_search_ms(&error)).await;
        }
        match self.find_creation(lost, self.begun()).await {
            Creation::Found(text) if accept(&text).is_ok() => Ok(Some(Reply::reconciled(text, error.attempts))),
            Creation::NotFound if is_retried && self.left_ms() > 0 => {
                self.pay_for_retry(operation, error, 0)?;
                Ok(None)
            }
            Creation::Similar(difference) => Err(similar_creation(operation, &error, difference)),
            // A request that may have been carried out is not sent again.
            _ => Err(error),
        }
    }

    /// Reads the credential whose publication may have taken effect.
    ///
    /// # Errors
    /// The error of the last attempt if it did not, or one that says that this is unknown.
    async fn reconcile_publication(
        &self,
        operation: &Operation,
        document_id: &DocumentId,
        error: Error,
        accept: &mut Accept<'_>,
    ) -> Result<Reply, Error> {
        match self.find_publication(document_id).await {
            Publication::Published(text) if accept(&text).is_ok() => Ok(Reply::reconciled(text, error.attempts)),
            Publication::NotPublished => Err(error),
            _ => Err(unknown_publication(operation, &error)),
        }
    }

    fn next<'a>(&self, trace: Trace<'a>, error: &Error, was_lost: bool) -> Next<'a> {
        let has_time = self.left_ms() > 0;
        match trace {
            Trace::Credential(lost) => {
                // After a loss, the lost request may be carried out at any time, and be the reason why the API refuses another
                // one: it took the last credit (402), or there is a credential already (409).
                if was_lost || retry::is_lost(error) || retry::is_unreadable(error) {
                    return if has_time { Next::FindCreation(lost) } else { Next::Fail };
                }
            }
            Trace::Publication(document_id) if was_lost && error.code == "invalid_status" && has_time => {
                return Next::FindPublication(document_id);
            }
            Trace::Publication(_) | Trace::None => {}
        }
        if error.retryable { Next::Retry } else { Next::Fail }
    }

    /// The wait before the next attempt. `None`: no attempt may follow, or there is no time for the wait.
    fn wait_before_retry_ms(&self, error: &Error) -> Option<u64> {
        let retries = error.attempts.saturating_sub(1);
        let wait_ms = retry::wait_ms(error, retries, self.transport.random())?;
        (error.attempts <= self.limits.max_retries && wait_ms < self.left_ms()).then_some(wait_ms)
    }

    /// The wait before the account is searched: the API's `Retry-After`, at least the backoff; if time is short, the backoff
    /// alone or no wait.
    fn wait_before_search_ms(&self, error: &Error) -> u64 {
        let retries = error.attempts.saturating_sub(1);
        let backoff_ms = retry::backoff_ms(retries, self.transport.random());
        let asked_ms = retry::wait_ms(error, retries, 0.0).unwrap_or(0);
        let left_ms = self.left_ms();
        [asked_ms.max(backoff_ms), backoff_ms].into_iter().find(|wait_ms| *wait_ms < left_ms).unwrap_or(0)
    }

    /// Takes the cost of a retry from the quota and reports the retry. Returns the error if the quota is used up.
    fn pay_for_retry(&self, operation: &Operation, mut error: Error, delay_ms: u64) -> Result<(), Error> {
        if !retry::spend(&*self.config.quota) {
            error.append("not retried: this client's retry quota is used up");
            return Err(error);
        }
        self.report(|| Event::Retry {
            operation: operation.name,
            attempt: error.attempts,
            delay_ms,
            code: error.code.clone(),
            status: error.status,
        });
        Ok(())
    }

    async fn attempt(&self, request: &Request<'_>, number: u32, accept: &mut Accept<'_>) -> Result<Reply, Failure> {
        let operation = &request.operation;
        let begun = self.transport.now();
        let limit_ms = self.limits.timeout_ms.min(self.left_ms());
        let token = self.token(operation, limit_ms).await.map_err(Failure::Unsent)?;
        let request = self.http_request(request, &token);
        let secrets = Secrets::new(token.as_str());
        self.report(|| Event::Request { operation: operation.name, attempt: number });
        let sent = self.transport.now();
        let limit_ms = limit_ms.saturating_sub(elapsed_ms(begun, sent));
        let result = within(self.transport, limit_ms, self.transport.send(&request)).await;
        let mut response = match result {
            Some(Ok(response)) => response,
            Some(Err(error)) => return Err(Failure::Sent(self.unanswered(operation, error, &secrets))),
            None => return Err(Failure::Sent(timed_out(operation))),
        };
        let received = self.transport.now();
        let request_id = response.request_id.take().filter(|id| secrets.may_show(id));
        self.report(|| Event::Response {
            operation: operation.name,
            attempt: number,
            duration_ms: elapsed_ms(sent, received),
            request_id: request_id.clone(),
            status: response.status,
        });
        match response::read(operation, &mut response, &secrets, accept) {
            Ok(text) => Ok(Reply {
                text,
                status: response.status,
                request_id,
                age: response.age,
                attempts: number,
                reconciled: false,
            }),
            Err(mut error) => {
                error.retry_after_ms = response.retry_after_ms(received);
                error.status = Some(response.status);
                error.request_id = request_id;
                Err(Failure::Sent(error))
            }
        }
    }

    /// The token of this attempt.
    async fn token(&self, operation: &Operation, limit_ms: u64) -> Result<Token, Error> {
        let provider = match &self.config.token {
            TokenSource::Fixed(token) => return Ok(token.clone()),
            TokenSource::Provider(provider) => provider,
        };
        match within(self.transport, limit_ms, provider.token()).await {
            Some(Ok(token)) => Token::parse(token).map_err(|rule| Error::invalid(operation.name, "token", rule)),
            Some(Err(TokenUnavailable)) => {
                let text = "the token function failed (its error is hidden: it may contain the token)";
                Err(Error::new(ErrorClass::Authentication, "token_unavailable", operation.name, text))
            }
            None => {
                let text = "the token function timed out";
                let mut error = Error::new(ErrorClass::Timeout, "token_timeout", operation.name, text);
                error.retryable = true;
                Err(error)
            }
        }
    }

    fn http_request(&self, request: &Request<'_>, token: &Token) -> HttpRequest {
        let own = self.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned()));
        let mut headers: Vec<(String, String)> = own.collect();
        headers.push(("accept".to_owned(), "application/json".to_owned()));
        headers.push(("authorization".to_owned(), ["Bearer ", token.as_str()].concat()));
        if request.body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        HttpRequest {
            method: request.operation.method,
            url: request.url.clone(),
            headers,
            body: request.body.clone(),
            max_response_bytes: self.limits.max_response_bytes,
            request_id_header: self.config.request_id_header.as_str().to_owned(),
        }
    }

    /// The error of an attempt without a response.
    fn unanswered(&self, operation: &Operation, error: TransportError, secrets: &Secrets<'_>) -> Error {
        let response_error = |code: &'static str, text| Error::new(ErrorClass::Response, code, operation.name, text);
        match error {
            TransportError::TooLarge => {
                response_error("body_too_large", "the response is larger than maxResponseBytes")
            }
            TransportError::Redirect { status } => {
                // Following it would take the token to wherever the response points.
                let text = "the response is a redirect, which is not followed: check baseUrl";
                let mut error = response_error("unexpected_redirect", text);
                error.status = status;
                error
            }
            TransportError::Connection(cause) => {
                let cause = redacted(cause, secrets);
                let code = cause.code.as_deref().map(|code| [code, ", "].concat()).unwrap_or_default();
                let text = ["the connection failed or was lost (", &code, host(self.base_url()), ")"].concat();
                let mut error = Error::new(ErrorClass::Connection, "connection_failed", operation.name, &text);
                error.cause = Some(cause);
                error
            }
        }
    }

    pub(super) fn base_url(&self) -> &BaseUrl {
        &self.config.base_url
    }

    /// Credentials that were issued since then may be the lost one. A time in the future would hide what this call itself loses.
    fn begun(&self) -> Timestamp {
        self.may_exist_since.map_or(self.started, |since| since.min(self.started))
    }

    /// Milliseconds that are left of the whole call.
    fn left_ms(&self) -> u64 {
        self.limits.total_timeout_ms.saturating_sub(elapsed_ms(self.started, self.transport.now()))
    }

    fn report(&self, event: impl FnOnce() -> Event) {
        if let Some(on_event) = &self.config.on_event {
            on_event(&event());
        }
    }
}

/// Whether the same request would create something again.
fn creates(safety: RetrySafety) -> bool {
    matches!(safety, RetrySafety::Never | RetrySafety::Reconcile)
}

/// Returns the error of an attempt with its number, whether it can be retried, and a note if the request may have taken effect.
fn assess(mut error: Error, attempts: u32, safety: RetrySafety, was_lost: bool) -> Error {
    error.attempts = attempts;
    error.retryable = retry::may_retry(safety, &error);
    if creates(safety) && (was_lost || !retry::is_refusal(&error)) {
        error.add_possible_effect();
    }
    error
}

/// Milliseconds between two readings of the clock; none if it was set back.
fn elapsed_ms(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_ms().saturating_sub(from.as_ms())).unwrap_or(0)
}

/// Host and port as the base URL has them.
fn host(base_url: &BaseUrl) -> &str {
    let text = base_url.as_str();
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    rest.split_once(['/']).map_or(rest, |(host, _)| host)
}

/// What the runtime said, as far as it may be shown.
fn redacted(cause: Cause, secrets: &Secrets<'_>) -> Cause {
    let shown = |text: String| Some(text).filter(|text| secrets.may_show(text));
    Cause {
        name: shown(cause.name).unwrap_or_else(|| "Error".to_owned()),
        message: shown(cause.message).unwrap_or_default(),
        code: cause.code.and_then(shown),
    }
}

fn timed_out(operation: &Operation) -> Error {
    Error::new(
        ErrorClass::Timeout,
        "timeout",
        operation.name,
        "no complete response within timeoutMs or totalTimeoutMs",
    )
}

/// The error of a call whose time was used up by the search for an earlier request.
fn no_time_left(operation: &Operation) -> Error {
    let mut error =
        Error::new(ErrorClass::Timeout, "timeout", operation.name, "totalTimeoutMs ran out; nothing was sent");
    error.retryable = true;
    error.may_have_taken_effect = true;
    error
}

/// The error of a call that had to search for an earlier request first, without finding out whether it was carried out.
fn unknown_earlier_outcome(operation: &Operation, creation: Creation) -> Error {
    let (error, reason) = match creation {
        Creation::Failed(error) => (Some(error), String::new()),
        Creation::Similar(difference) => (None, found_similar(difference)),
        _ => (None, String::new()),
    };
    let text = "an earlier request may have taken effect; nothing was sent";
    let mut error = error.unwrap_or_else(|| Error::new(ErrorClass::Response, OUTCOME_UNKNOWN, operation.name, ""));
    error.message = [operation.name, ": ", &reason, text].concat();
    error.operation = operation.name;
    error.attempts = 0;
    error.may_have_taken_effect = true;
    error
}

const OUTCOME_UNKNOWN: &str = "outcome_unknown";

fn found_similar(difference: Difference) -> String {
    ["the account has a credential ", difference.describe(), "; "].concat()
}

/// The error of a lost creation for which the account has a credential that may be it.
fn similar_creation(operation: &Operation, lost: &Error, difference: Difference) -> Error {
    let text = [&found_similar(difference), "check it before sending again"].concat();
    unknown_outcome(operation, lost, &text)
}

/// The error of a lost publication if the credential's status does not show whether it took effect.
fn unknown_publication(operation: &Operation, lost: &Error) -> Error {
    let text = "the credential's status does not show whether it was published";
    unknown_outcome(operation, lost, text)
}

fn unknown_outcome(operation: &Operation, lost: &Error, text: &str) -> Error {
    let mut error = Error::new(ErrorClass::Response, OUTCOME_UNKNOWN, operation.name, text);
    error.attempts = lost.attempts;
    error.status = lost.status;
    error.request_id.clone_from(&lost.request_id);
    error.cause.clone_from(&lost.cause);
    error.add_possible_effect();
    error
}
