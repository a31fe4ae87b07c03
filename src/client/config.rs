//! The configuration of a client and the options of a call.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::event::Event;
use crate::json::Value;
use crate::model::{BaseUrl, HeaderName, HeaderValue, OwnHeaderName, Timestamp, Token};
use crate::validate::{FromValue, Issues, Members, Path, Rule};

/// What a client needs to know.
#[derive(Clone)]
pub struct ClientConfig {
    /// The bearer token, or what returns it.
    pub token: TokenSource,
    /// The root of the API.
    pub base_url: BaseUrl,
    /// Limits of every call, unless its own options say otherwise.
    pub limits: Limits,
    /// The header of responses that a request id is read from.
    pub request_id_header: HeaderName,
    /// Receives what happens during calls.
    pub on_event: Option<EventListener>,
    /// What this client may spend on retries. Share it between clients of one server.
    pub quota: Rc<dyn RetryQuota>,
}

impl ClientConfig {
    /// The defaults, with this token.
    pub fn new(token: impl Into<TokenSource>) -> Self {
        Self {
            token: token.into(),
            base_url: BaseUrl::default(),
            limits: Limits::default(),
            request_id_header: HeaderName::default(),
            on_event: None,
            quota: Rc::new(Cell::new(super::constants::QUOTA)),
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientConfig")
            .field("token", &self.token)
            .field("base_url", &self.base_url)
            .field("limits", &self.limits)
            .field("request_id_header", &self.request_id_header)
            .field("quota", &self.quota.get())
            .finish_non_exhaustive()
    }
}

/// Receives the events of a client.
pub type EventListener = Rc<dyn Fn(&Event)>;

/// Where the bearer token comes from.
#[derive(Clone)]
pub enum TokenSource {
    /// Always the same one.
    Fixed(Token),
    /// Called at every attempt, so that a token can be renewed.
    Provider(Rc<dyn TokenProvider>),
}

impl From<Token> for TokenSource {
    fn from(token: Token) -> Self {
        Self::Fixed(token)
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Returns the bearer token of an attempt.
pub trait TokenProvider {
    /// The token. It is checked before it is sent.
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, TokenUnavailable>>>>;
}

/// There is no token. The reason is dropped: a token provider's error may hold the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenUnavailable;

/// How many tokens are left for retries: 500 at first. A retry costs 5; a success returns what its retries cost, or 1.
pub trait RetryQuota {
    /// Tokens left.
    fn get(&self) -> u32;
    /// Sets the tokens left.
    fn set(&self, tokens: u32);
}

impl RetryQuota for Cell<u32> {
    fn get(&self) -> u32 {
        self.get()
    }

    fn set(&self, tokens: u32) {
        self.set(tokens);
    }
}

/// The limits of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds for one attempt: token, headers and body. Default 30 000.
    pub timeout_ms: u64,
    /// Milliseconds for the whole call: attempts, waits and searches. Default 60 000.
    pub total_timeout_ms: u64,
    /// Retries after the first attempt. Default 2.
    pub max_retries: u32,
    /// Bytes of a response body. Default 8 MiB.
    pub max_response_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout_ms: 30_000, total_timeout_ms: 60_000, max_retries: 2, max_response_bytes: 8 * 1024 * 1024 }
    }
}

impl Limits {
    /// These limits, with what the options set in their place.
    #[must_use]
    pub fn with(&self, options: &LimitOptions) -> Self {
        Self {
            timeout_ms: options.timeout_ms.unwrap_or(self.timeout_ms),
            total_timeout_ms: options.total_timeout_ms.unwrap_or(self.total_timeout_ms),
            max_retries: options.max_retries.unwrap_or(self.max_retries),
            max_response_bytes: options.max_response_bytes.unwrap_or(self.max_response_bytes),
        }
    }
}

/// Limits that a caller sets; the others stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitOptions {
    /// As [`Limits::timeout_ms`].
    pub timeout_ms: Option<u64>,
    /// As [`Limits::total_timeout_ms`].
    pub total_timeout_ms: Option<u64>,
    /// As [`Limits::max_retries`].
    pub max_retries: Option<u32>,
    /// As [`Limits::max_response_bytes`].
    pub max_response_bytes: Option<u64>,
}

impl FromValue for LimitOptions {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let options = Self::read(&mut members);
        members.refuse_unknown();
        options
    }
}

impl LimitOptions {
    /// Reads `timeoutMs`, `totalTimeoutMs`, `maxRetries` and `maxResponseBytes` among other options.
    pub fn read(members: &mut Members<'_>) -> Option<Self> {
        let timeout_ms = members.read("timeoutMs");
        let total_timeout_ms = members.read("totalTimeoutMs");
        let max_retries = members.read("maxRetries");
        let max_response_bytes = members.read("maxResponseBytes");
        Some(Self {
            timeout_ms: timeout_ms?,
            total_timeout_ms: total_timeout_ms?,
            max_retries: max_retries?,
            max_response_bytes: max_response_bytes?,
        })
    }
}

/// The options of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Limits of this call.
    pub limits: LimitOptions,
    /// Headers that are sent with every request of the call, e.g. for tracing.
    pub headers: Vec<(OwnHeaderName, HeaderValue)>,
    /// An earlier request like this one, sent then or later, may have been carried out: the account is searched first. Only
    /// for operations that create a credential.
    pub may_exist_since: Option<Timestamp>,
}

impl CallOptions {
    /// Reads the options of a call among other options: those of [`LimitOptions`], `mayExistSince` (milliseconds since 1970)
    /// and `headers`.
    pub fn read(members: &mut Members<'_>) -> Option<Self> {
        let limits = LimitOptions::read(members);
        let may_exist_since: Option<Option<Timestamp>> = members.read("mayExistSince");
        let headers: Option<Option<Headers>> = members.read("headers");
        Some(Self { limits: limits?, may_exist_since: may_exist_since?, headers: headers?.unwrap_or_default().0 })
    }
}

impl FromValue for CallOptions {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let mut members = Members::of(value, path, issues)?;
        let options = Self::read(&mut members);
        members.refuse_unknown();
        options
    }
}

/// Headers by name.
#[derive(Default)]
struct Headers(Vec<(OwnHeaderName, HeaderValue)>);

impl FromValue for Headers {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let Some(Value::Object(members)) = value else {
            issues.add(path, if value.is_some() { Rule::Object } else { Rule::Required });
            return None;
        };
        let headers: Vec<_> = members.iter().map(|(name, value)| read_header(name, value, path, issues)).collect();
        headers.into_iter().collect::<Option<_>>().map(Self)
    }
}

fn read_header(
    name: &str,
    value: &Value,
    headers: &Path<'_>,
    issues: &mut Issues,
) -> Option<(OwnHeaderName, HeaderValue)> {
    let path = Path::Member(headers, name);
    let value = match value {
        Value::String(text) => HeaderValue::parse(text.as_str()),
        _ => Err(Rule::HeaderValue),
    };
    match (OwnHeaderName::parse(name), value) {
        (Ok(name), Ok(value)) => Some((name, value)),
        (Err(rule), _) | (_, Err(rule)) => {
            issues.add(&path, rule);
            None
        }
    }
}
