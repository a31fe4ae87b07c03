//! A scripted transport with virtual time, for tests of this crate and of its users.
//!
//! It runs on any executor. Time does not pass while anything else can go on: once every future waits, the clock moves to
//! the timer that is due next. So a test of a minute's timeouts takes no time, and its order is always the same.
//!
//! ```
//! use hyperstack_credentials::api::GetAccount;
//! use hyperstack_credentials::client::{Client, ClientConfig};
//! use hyperstack_credentials::model::Token;
//! use hyperstack_credentials::transport::mock::{MockTransport, Reply};
//!
//! let transport = MockTransport::new([
//!     Reply::json(503, "{}"),
//!     Reply::json(200, r#"{"success":true,"message":"m","account_name":"Acme Academy","account_id":"acme"}"#),
//! ]);
//! let client = Client::new(transport, ClientConfig::new(Token::parse("secret").unwrap()));
//! let account = futures_executor::block_on(client.send(GetAccount)).unwrap();
//! assert_eq!(account.account_name, "Acme Academy");
//! assert_eq!(client.transport().requests().len(), 2);
//! assert_eq!(client.transport().sleeps_ms(), [500]);
//! ```

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::error::Cause;
use crate::model::Timestamp;

/// How a request ends.
#[derive(Clone)]
pub struct Reply {
    /// `None`: it never ends.
    result: Option<Result<HttpResponse, TransportError>>,
    delay_ms: u64,
}

impl Reply {
    /// A response.
    pub fn response(response: HttpResponse) -> Self {
        Self { result: Some(Ok(response)), delay_ms: 0 }
    }

    /// A response with a body in JSON.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::response(HttpResponse {
            status,
            content_type: Some("application/json".to_owned()),
            body: body.into(),
            ..HttpResponse::default()
        })
    }

    /// A response with a body in HTML, as proxies send them.
    pub fn html(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::response(HttpResponse {
            status,
            content_type: Some("text/html".to_owned()),
            body: body.into(),
            ..HttpResponse::default()
        })
    }

    /// No response.
    pub fn failure(error: TransportError) -> Self {
        Self { result: Some(Err(error)), delay_ms: 0 }
    }

    /// The connection is lost.
    pub fn lost() -> Self {
        Self::failure(TransportError::Connection(Cause::default()))
    }

    /// Never a response or an error.
    pub fn never() -> Self {
        Self { result: None, delay_ms: 0 }
    }

    /// The same after so many milliseconds.
    #[must_use]
    pub fn after_ms(mut self, delay_ms: u64) -> Self {
        self.delay_ms = delay_ms;
        self
    }

    /// The same with a `Retry-After` header.
    #[must_use]
    pub fn retry_after(mut self, value: &str) -> Self {
        if let Some(Ok(response)) = &mut self.result {
            response.retry_after = Some(value.to_owned());
        }
        self
    }

    /// The same with a request id.
    #[must_use]
    pub fn request_id(mut self, value: &str) -> Self {
        if let Some(Ok(response)) = &mut self.result {
            response.request_id = Some(value.to_owned());
        }
        self
    }
}

/// A transport that replies from a script.
pub struct MockTransport {
    script: Script,
    requests: RefCell<Vec<HttpRequest>>,
    clock: Clock,
    random: Cell<f64>,
}

enum Script {
    Queue(RefCell<VecDeque<Reply>>),
    Handler(Box<dyn Fn(&HttpRequest) -> Reply>),
}

impl MockTransport {
    /// Replies to each request with the next of these. A request too many ends in a connection error that says so.
    pub fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(Script::Queue(RefCell::new(replies.into_iter().collect())))
    }

    /// Replies to each request with what the function returns.
    pub fn with_handler(handler: impl Fn(&HttpRequest) -> Reply + 'static) -> Self {
        Self::with(Script::Handler(Box::new(handler)))
    }

    fn with(script: Script) -> Self {
        Self { script, requests: RefCell::default(), clock: Clock::default(), random: Cell::new(1.0) }
    }

    /// Sets the clock, which starts at 2027-01-15T08:00:00Z.
    pub fn set_now(&self, now: Timestamp) {
        self.clock.now_ms.set(now.as_ms());
    }

    /// Sets what [`Transport::random`] returns. At first it is 1: no backoff is shortened.
    pub fn set_random(&self, random: f64) {
        self.random.set(random);
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<HttpRequest> {
        self.requests.borrow().clone()
    }

    /// Replies that are left over.
    pub fn replies_left(&self) -> usize {
        match &self.script {
            Script::Queue(replies) => replies.borrow().len(),
            Script::Handler(_) => 0,
        }
    }

    /// The sleeps that ended, in milliseconds.
    pub fn sleeps_ms(&self) -> Vec<u64> {
        self.clock.sleeps_ms.borrow().clone()
    }

    fn reply_to(&self, request: &HttpRequest) -> Reply {
        let unexpected = || {
            let message = ["unexpected request to ", &request.url].concat();
            Reply::failure(TransportError::Connection(Cause { name: "Error".to_owned(), message, code: None }))
        };
        match &self.script {
            Script::Queue(replies) => replies.borrow_mut().pop_front().unwrap_or_else(unexpected),
            Script::Handler(handler) => handler(request),
        }
    }
}

impl fmt::Debug for MockTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("MockTransport").field("requests", &self.requests.borrow().len()).finish_non_exhaustive()
    }
}

impl Transport for MockTransport {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        self.requests.borrow_mut().push(request.clone());
        let reply = self.reply_to(request);
        if reply.delay_ms > 0 {
            self.clock.timer(reply.delay_ms).await;
        }
        match reply.result {
            Some(result) => result,
            None => pending().await,
        }
    }

    async fn sleep(&self, ms: u64) {
        self.clock.timer(ms).await;
        self.clock.sleeps_ms.borrow_mut().push(ms);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.now_ms.get())
    }

    fn random(&self) -> f64 {
        self.random.get()
    }
}

struct Clock {
    now_ms: Cell<i64>,
    /// When each waiting timer is due, and its number.
    timers: RefCell<BTreeSet<(i64, u64)>>,
    last_number: Cell<u64>,
    sleeps_ms: RefCell<Vec<u64>>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            now_ms: Cell::new(1_800_000_000_000),
            timers: RefCell::default(),
            last_number: Cell::default(),
            sleeps_ms: RefCell::default(),
        }
    }
}

impl Clock {
    fn timer(&self, ms: u64) -> Timer<'_> {
        let number = self.last_number.get() + 1;
        self.last_number.set(number);
        let due_ms = self.now_ms.get().saturating_add(i64::try_from(ms).unwrap_or(i64::MAX));
        Timer { clock: self, due_ms, number, is_waiting: false }
    }
}

/// Ends when the clock reaches its time, and moves the clock there if it is the first to be due.
struct Timer<'a> {
    clock: &'a Clock,
    due_ms: i64,
    number: u64,
    is_waiting: bool,
}

impl Future for Timer<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let clock = self.clock;
        let entry = (self.due_ms, self.number);
        // Everything else was polled since this timer began to wait, and it is due first: nothing happens before.
        if self.is_waiting && clock.timers.borrow().first() == Some(&entry) {
            clock.now_ms.set(clock.now_ms.get().max(self.due_ms));
        }
        if clock.now_ms.get() >= self.due_ms {
            clock.timers.borrow_mut().remove(&entry);
            return Poll::Ready(());
        }
        if !self.is_waiting {
            self.is_waiting = true;
            clock.timers.borrow_mut().insert(entry);
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.clock.timers.borrow_mut().remove(&(self.due_ms, self.number));
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::transport::within;

    #[test]
    fn wakes_the_timers_in_the_order_in_which_they_are_due() {
        let transport = MockTransport::new([]);
        let started_ms = transport.now().as_ms();
        let outcome = block_on(within(&transport, 60_000, within(&transport, 1000, transport.sleep(2000))));
        assert_eq!(outcome, Some(None));
        assert_eq!((transport.now().as_ms() - started_ms, transport.sleeps_ms()), (1000, vec![1000]));
        assert!(transport.clock.timers.borrow().is_empty(), "a dropped timer is cleared");
    }

    #[test]
    fn ends_work_at_its_deadline_or_before() {
        let transport = MockTransport::new([]);
        assert_eq!(block_on(within(&transport, 10, pending::<()>())), None);
        assert_eq!(block_on(within(&transport, 10, async { 7 })), Some(7));
        assert_eq!(block_on(within(&transport, 0, async { 7 })), Some(7));
        assert_eq!(block_on(within(&transport, 10, transport.sleep(9))), Some(()));
    }

    #[test]
    fn ends_work_that_starves_timers() {
        let transport = MockTransport::new([]);
        // Takes a millisecond at every poll, and is at once ready for the next.
        let busy = std::future::poll_fn(|context| {
            transport.set_now(Timestamp::from_ms(transport.now().as_ms() + 1));
            context.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert_eq!(block_on(within(&transport, 10, busy)), None);
    }
}
