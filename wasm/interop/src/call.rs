//! Runs one call: reads its arguments and options, and ends it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperstack_credentials::api::Endpoint;
use hyperstack_credentials::client::{AnyEndpoint, CallOptions, Client, Event};
use hyperstack_credentials::json::Value;
use hyperstack_credentials::transport::fetch::{Settled, abandon};
use hyperstack_credentials::validate::{Issues, Members, Path, Rule};
use hyperstack_credentials::{Error, ErrorClass};
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::abandoned::{Listed, never};
use crate::api_response;
use crate::arguments::Arguments;
use crate::config::{Config, Observer};
use crate::error;
use crate::object;
use crate::options::Options;
use crate::signal::{AbortSignal, Listening};
use crate::transport::CallTransport;

/// Calls an operation of the API. `request` reads its arguments; `complete` may change the data that the call resolves to.
/// What does not depend on the request is compiled once.
///
/// The call rejects with an `Error` with the fields of the error, or with the reason of the caller's signal.
#[inline(never)]
pub fn call_api<E: Endpoint + 'static>(
    config: &JsValue,
    options: &JsValue,
    request: impl FnOnce(&mut Arguments) -> Option<E>,
    complete: Option<fn(&JsValue)>,
) -> InFlight {
    let mut arguments = Arguments::default();
    let endpoint = request(&mut arguments).map(|endpoint| Box::new(endpoint) as Box<dyn AnyEndpoint>);
    begin(E::NAME, config, options, arguments.issues, endpoint, complete)
}

fn begin(
    operation: &'static str,
    config: &JsValue,
    options: &JsValue,
    issues: Issues,
    endpoint: Option<Box<dyn AnyEndpoint>>,
    complete: Option<fn(&JsValue)>,
) -> InFlight {
    let (call, endpoint) = match (Call::read(operation, config, options, issues, |_| Some(())), endpoint) {
        (Err(refused), _) => return ended(Err(refused.report())),
        (Ok(_), None) => return ended(Err(internal(operation))),
        (Ok(call), Some(endpoint)) => (call, endpoint),
    };
    let Call { client, options, guard, more: () } = call;
    guard.run(async move {
        let response = client.send_any(&*endpoint, &options).await.map_err(|error| error::to_js(&error))?;
        api_response::to_js(&response, &client.transport().last_headers(), complete)
    })
}

/// Validates the arguments of an operation like [`call_api`], but sends nothing.
///
/// # Errors
/// An `Error` with the fields of the error and every issue.
pub fn check_arguments<E: Endpoint>(request: impl FnOnce(&mut Arguments) -> Option<E>) -> Settled {
    let mut arguments = Arguments::default();
    request(&mut arguments);
    let issues = arguments.issues.into_vec();
    if issues.is_empty() { Ok(JsValue::UNDEFINED) } else { Err(error::to_js(&Error::validation(E::NAME, issues))) }
}

/// A call whose arguments were accepted.
pub(crate) struct Call<P> {
    pub(crate) client: Client<CallTransport>,
    pub(crate) options: CallOptions,
    /// The options that not every call has.
    pub(crate) more: P,
    pub(crate) guard: Guard,
}

/// Why a call does not begin.
pub(crate) struct Refused {
    /// What it rejects with.
    pub(crate) thrown: JsValue,
    error: Option<Error>,
    on_event: Option<Observer>,
}

impl Refused {
    /// Reports an error to the caller's `onEvent`; an abort is not one.
    fn report(self) -> JsValue {
        if let (Some(on_event), Some(error)) = (self.on_event, self.error) {
            on_event(&Event::from(&error));
        }
        self.thrown
    }
}

impl<P> Call<P> {
    /// Reads `config` and `options`, with `read_more` those that not every call has.
    pub(crate) fn read(
        operation: &'static str,
        config: &JsValue,
        options: &JsValue,
        mut issues: Issues,
        read_more: impl FnOnce(&mut Members<'_>) -> Option<P>,
    ) -> Result<Self, Refused> {
        let (on_event, config) = Config::read(config, &mut issues);
        let (mut guard, on_attempt, rest) = Guard::read(options, &mut issues);
        let read = |issues| {
            let mut members = Members::of(Some(&rest), &Path::Root, issues)?;
            let more = read_more(&mut members);
            let options = CallOptions::read(&mut members);
            members.refuse_unknown();
            Some((more?, options?))
        };
        let parsed = read(&mut issues);
        let refuse =
            |error: Error| Refused { thrown: error::to_js(&error), error: Some(error), on_event: on_event.clone() };
        if !issues.is_empty() {
            return Err(refuse(Error::validation(operation, issues.into_vec())));
        }
        guard.check().map_err(|thrown| Refused { thrown, error: None, on_event: None })?;
        let (Some(config), Some((more, options))) = (config, parsed) else {
            return Err(Refused { thrown: internal(operation), error: None, on_event: None });
        };
        guard.limit_ms = config.limits.with(&options.limits).total_timeout_ms;
        let transport = CallTransport::new(config.fetch.clone(), on_attempt);
        let config = config.into_client_config();
        let config = config.map_err(|rule| refuse(Error::invalid(operation, "token", rule)))?;
        #[cfg(feature = "trap")]
        crate::trap::at("begun");
        Ok(Self { client: Client::new(transport, config), options, more, guard })
    }
}

/// An issue was found and not kept, which is a mistake of this package.
pub(crate) fn internal(operation: &'static str) -> JsValue {
    error::to_js(&Error::new(ErrorClass::Internal, "internal", operation, "the arguments could not be read"))
}

/// What ends a call before its work is done: the caller's signal, or a later call that finds it abandoned.
pub(crate) struct Guard {
    signal: Option<AbortSignal>,
    on_abandon: Option<Function>,
    /// The time that the call may take, in milliseconds.
    pub(crate) limit_ms: u64,
}

impl Guard {
    /// Reads the options of a call. Returns what is called before each request, and the options that JSON can hold.
    pub(crate) fn read(options: &JsValue, issues: &mut Issues) -> (Self, Option<Function>, Value) {
        let mut options = Options::read(options, &["signal", "onAttempt", "onAbandon"], issues);
        let on_attempt = options.take_function("onAttempt", issues);
        let on_abandon = options.take_function("onAbandon", issues);
        let signal = options.take("signal").and_then(|signal| {
            let signal = AbortSignal::new(signal);
            issues.require(signal.is_some(), &Path::Member(&Path::Root, "signal"), Rule::AbortSignal);
            signal
        });
        (Self { signal, on_abandon, limit_ms: 0 }, on_attempt, options.rest)
    }

    /// Ends the call if the signal has fired already.
    pub(crate) fn check(&self) -> Result<(), JsValue> {
        match &self.signal {
            Some(signal) if signal.is_aborted() => Err(signal.reason()),
            _ => Ok(()),
        }
    }

    /// Runs the call to one of its ends.
    pub(crate) fn run(self, work: impl Future<Output = Settled> + 'static) -> InFlight {
        self.run_boxed(Box::pin(work))
    }

    fn run_boxed(self, work: InFlight) -> InFlight {
        Box::pin(Guarded {
            work: Some(work),
            listening: self.signal.map(AbortSignal::listen),
            listed: Listed::new(self.limit_ms),
            on_abandon: self.on_abandon,
        })
    }
}

/// A call in flight.
pub type InFlight = Pin<Box<dyn Future<Output = Settled>>>;

/// A call that needs no wait.
pub(crate) fn ended(result: Settled) -> InFlight {
    Box::pin(std::future::ready(result))
}

/// A call and what may end it early.
struct Guarded {
    /// `None`: it has ended.
    work: Option<InFlight>,
    listening: Option<Listening>,
    listed: Option<Listed>,
    on_abandon: Option<Function>,
}

impl Future for Guarded {
    type Output = Settled;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if this.listed.as_ref().is_some_and(|listed| listed.run(context)) {
            abandon((this.work.take(), this.listening.take(), this.listed.take()));
            if let Some(on_abandon) = &this.on_abandon {
                let _ = object::call(on_abandon, &Array::new());
            }
            return Poll::Ready(Ok(never()));
        }
        let is_aborted = |listening: &mut Listening| Pin::new(listening).poll(context).is_ready();
        if this.listening.as_mut().is_some_and(is_aborted) {
            let reason = this.listening.take().map(|listening| listening.signal.reason());
            this.work = None;
            return Poll::Ready(Err(reason.unwrap_or_default()));
        }
        this.work.as_mut().map_or(Poll::Pending, |work| work.as_mut().poll(context))
    }
}
