//! Owns the host that JavaScript is: sending with fetch, bounded reading of bodies, timers, abort, clock.
//!
//! Nothing a runtime or a custom fetch hands over is trusted to be what its type says: every access can throw, so
//! every access is caught. That is why sending is not `gloo_net`'s, which panics on rejections that are no `Error`
//! and on responses of another realm (docs/decisions/0002-no-std.md).

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::{Pin, pin};
use core::task::{Poll, Waker};

use super::timer::{Bell, Timer};
use js_sys::{Function, JsString, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::AbortController;

use crate::client::{Fault, Host, Outgoing};
use crate::decimal;
use crate::error::{Cause, Error};
use crate::response::{Incoming, Secrets};
use crate::shape::{Issue, Rule};

#[wasm_bindgen]
extern "C" {
    /// What the facade passes with every call: `fetch` and `signal` may be undefined.
    pub type Hooks;
    #[wasm_bindgen(method, getter, structural)]
    fn fetch(this: &Hooks) -> JsValue;
    #[wasm_bindgen(method, getter, structural)]
    fn signal(this: &Hooks) -> JsValue;
    #[wasm_bindgen(method, structural, catch)]
    fn token(this: &Hooks) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(constructor, catch, js_class = Uint8Array)]
    fn new(source: &JsValue) -> Result<Bytes, JsValue>;

    type Signal;
    #[wasm_bindgen(method, getter, structural, catch)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = addEventListener)]
    fn add_event_listener(this: &Signal, event: &str, listener: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch, js_name = removeEventListener)]
    fn remove_event_listener(this: &Signal, event: &str, listener: &JsValue) -> Result<(), JsValue>;
}

/// A property of a value that may be anything; `undefined` where there is none or it throws.
fn get(value: &JsValue, name: &str) -> JsValue {
    // `Reflect.get` throws on what is no object, and wasm-bindgen leaks a table slot for every exception it catches.
    if !value.is_object() && !value.is_function() {
        return JsValue::UNDEFINED;
    }
    Reflect::get(value, &JsValue::from(name)).unwrap_or(JsValue::UNDEFINED)
}

/// What a body or a chunk of it is made of. Bytes of another realm are no `Uint8Array` of ours; copying makes them one.
fn bytes_of(value: &JsValue) -> Result<Uint8Array, JsValue> {
    // Copied also where it seems to be ours: a proxy, a subclass or bytes that were transferred away throw when they
    // are read, and an exception inside the copy into our memory would end the whole instance.
    match get(value, "byteLength").as_f64() {
        Some(_) => Ok(Bytes::new(value)?.into()),
        None => Err(JsValue::UNDEFINED),
    }
}

/// A promise of our own for a value that may be anything. `Promise.resolve` hands a promise on as it is, and one whose
/// `then` throws would throw where nothing catches it; a new promise turns that into its rejection.
fn settled(value: &JsValue) -> JsFuture {
    JsFuture::from(Promise::new(&mut |resolve, _| {
        // A resolving function does not throw.
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    }))
}

/// Calls a method of a value that may be anything.
fn invoke(value: &JsValue, name: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    let method: Function = get(value, name).dyn_into()?;
    method.call1(value, argument)
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A plain object made here takes every property.
    let _ = Reflect::set(object, &JsValue::from(name), value);
}

/// A call's view of JavaScript. Dropping it removes its listener; its timers and requests end with their futures.
pub(super) struct JsHost {
    hooks: Hooks,
    abort: Option<AbortWatch>,
    headers: RefCell<JsValue>,
}

impl JsHost {
    pub(super) fn new(operation: &'static str, hooks: Hooks) -> Result<Self, Box<Error>> {
        let signal = hooks.signal();
        let abort = if signal.is_undefined() || signal.is_null() {
            None
        } else {
            let watch = AbortWatch::new(signal.unchecked_into());
            Some(watch.map_err(|_| Error::invalid(operation, vec![Issue::new("signal", Rule::AbortSignal)]))?)
        };
        Ok(Self { hooks, abort, headers: RefCell::new(JsValue::NULL) })
    }

    /// The headers of the last answer, as the runtime gave them.
    pub(super) fn headers(&self) -> JsValue {
        self.headers.borrow().clone()
    }

    /// Waits for `future` unless the caller aborts or the time is up first.
    async fn within<F: Future>(&self, future: F, time: &mut Timer) -> Result<F::Output, Fault> {
        let mut future = pin!(future);
        core::future::poll_fn(|context| {
            if let Some(abort) = &self.abort
                && abort.fired(context.waker())
            {
                return Poll::Ready(Err(Fault::Aborted));
            }
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            match Pin::new(&mut *time).poll(context) {
                Poll::Ready(()) => Poll::Ready(Err(Fault::Timeout)),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

impl Host for JsHost {
    async fn token(&self, timeout_ms: u64) -> Result<String, Fault> {
        let mut time = Timer::start(timeout_ms).map_err(|_| Fault::Lost(Cause::default()))?;
        // Asked for within, so that nothing is done for a signal that has fired already.
        let value = async { settled(&self.hooks.token()?).await };
        // What the function threw is dropped: it may hold the token.
        let value = self.within(value, &mut time).await?.map_err(|_| Fault::Lost(Cause::default()))?;
        Ok(value.as_string().unwrap_or_default())
    }

    async fn send(&self, request: &Outgoing<'_>) -> Result<Incoming, Fault> {
        let secrets = Secrets { token: request.token.unwrap_or_default() };
        let lost = |thrown: JsValue| Fault::Lost(cause_of(&thrown, &secrets));
        let mut time = Timer::start(request.timeout_ms).map_err(lost)?;
        let exchange = Exchange::new()?;
        let promise = self.fetch(request, &exchange.controller).map_err(lost)?;
        let response = self.within(settled(&promise), &mut time).await?.map_err(lost)?;

        let status = get(&response, "status").as_f64().unwrap_or(0.0) as u16;
        // `redirected`: a custom fetch followed one all the same, and this is somebody else's answer.
        let opaque = get(&response, "type").as_string().as_deref() == Some("opaqueredirect");
        if opaque || (300..400).contains(&status) || get(&response, "redirected").is_truthy() {
            return Err(Fault::Redirect { status });
        }
        if status == 0 {
            return Err(lost(JsValue::UNDEFINED));
        }
        let headers = get(&response, "headers");
        let header = |name: &str| invoke(&headers, "get", &JsValue::from(name)).ok()?.as_string();
        let announced = header("content-length").and_then(|length| decimal::read(length.trim_ascii()));
        if announced.is_some_and(|length| length > request.max_response_bytes) {
            return Err(Fault::TooLarge);
        }
        let body = self.body(&response, request.max_response_bytes, &mut time, &lost).await?;
        exchange.finished.set(true);
        let incoming = Incoming {
            status,
            content_type: header("content-type"),
            retry_after: header("retry-after"),
            request_id: header(request.request_id_header),
            age_s: header("age"),
            body,
        };
        self.headers.replace(headers);
        Ok(incoming)
    }

    async fn pause(&self, ms: u64) -> Result<(), Fault> {
        // Without timers there is no waiting, and no repeat either.
        let Ok(mut time) = Timer::start(ms) else { return Err(Fault::Lost(Cause::default())) };
        match self.within(core::future::pending::<()>(), &mut time).await {
            Err(Fault::Timeout) | Ok(()) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    fn now_ms(&self) -> i64 {
        js_sys::Date::now() as i64
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }
}

impl JsHost {
    fn fetch(&self, request: &Outgoing<'_>, controller: &AbortController) -> Result<JsValue, JsValue> {
        // A plain object, not a Headers: another realm's fetch (npm's undici) does not know ours.
        let headers = Object::new();
        set(&headers, "accept", &JsValue::from("application/json"));
        if let Some(token) = request.token {
            set(&headers, "authorization", &JsValue::from(["Bearer ", token].concat()));
        }
        let init = Object::new();
        if let Some(body) = request.body {
            set(&headers, "content-type", &JsValue::from("application/json"));
            set(&init, "body", &JsValue::from(body));
        }
        set(&init, "method", &JsValue::from(request.method));
        set(&init, "headers", &headers);
        // "error" is unknown to Workers; a manual redirect is refused when it arrives.
        set(&init, "redirect", &JsValue::from("manual"));
        set(&init, "signal", &controller.signal());
        let custom = self.hooks.fetch();
        let fetch = if custom.is_undefined() { get(&js_sys::global(), "fetch") } else { custom };
        let fetch: Function = fetch.dyn_into()?;
        // Unbound, as a plain call of a global would be: browsers refuse fetch on any other receiver.
        fetch.call2(&JsValue::UNDEFINED, &JsValue::from(request.url), &init)
    }

    async fn body(
        &self,
        response: &JsValue,
        most: u64,
        time: &mut Timer,
        lost: &impl Fn(JsValue) -> Fault,
    ) -> Result<Vec<u8>, Fault> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let stream = get(response, "body");
        let mut bytes = Vec::new();
        let Ok(reader) = invoke(&stream, "getReader", &JsValue::UNDEFINED) else {
            if get(response, "arrayBuffer").is_undefined() {
                return Ok(bytes);
            }
            // No stream (a mock, or an empty body): the whole of it at once, then measured.
            let promise = invoke(response, "arrayBuffer", &JsValue::UNDEFINED).map_err(lost)?;
            let buffer = self.within(settled(&promise), time).await?.map_err(lost)?;
            let whole = bytes_of(&buffer).map_err(lost)?;
            return if whole.length() as usize > most { Err(Fault::TooLarge) } else { Ok(whole.to_vec()) };
        };
        let cancel = Cancel(&reader);
        loop {
            let promise = invoke(&reader, "read", &JsValue::UNDEFINED).map_err(lost)?;
            let chunk = self.within(settled(&promise), time).await?.map_err(lost)?;
            if get(&chunk, "done").is_truthy() {
                core::mem::forget(cancel);
                return Ok(bytes);
            }
            // A stream that always has its next chunk ready never lets a timer fire.
            if time.is_over() {
                return Err(Fault::Timeout);
            }
            let chunk = bytes_of(&get(&chunk, "value")).map_err(lost)?;
            let old = bytes.len();
            let new = old + chunk.length() as usize;
            if new > most {
                return Err(Fault::TooLarge);
            }
            bytes.resize(new, 0);
            if let Some(room) = bytes.get_mut(old..) {
                chunk.copy_to(room);
            }
        }
    }
}

/// Cancels a reader that was not read to its end.
struct Cancel<'a>(&'a JsValue);

impl Drop for Cancel<'_> {
    fn drop(&mut self) {
        if let Ok(promise) = invoke(self.0, "cancel", &JsValue::UNDEFINED) {
            // Awaited somewhere, or a runtime would report an unhandled rejection.
            spawn_local(async move {
                let _ = JsFuture::from(Promise::resolve(&promise)).await;
            });
        }
    }
}

/// One request on its way; dropped unfinished, it is aborted.
struct Exchange {
    controller: AbortController,
    finished: Cell<bool>,
}

impl Exchange {
    fn new() -> Result<Self, Fault> {
        let controller = AbortController::new().map_err(|_| Fault::Lost(Cause::default()))?;
        Ok(Self { controller, finished: Cell::new(false) })
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.finished.get() {
            self.controller.abort();
        }
    }
}

/// Listens to the caller's signal for as long as the call lives.
struct AbortWatch {
    signal: Signal,
    bell: Bell,
}

impl AbortWatch {
    fn new(signal: Signal) -> Result<Self, JsValue> {
        let bell = Bell::new();
        signal.aborted()?;
        signal.add_event_listener("abort", bell.callback())?;
        Ok(Self { signal, bell })
    }

    /// Whether the signal has fired, also before this call; if not, `waker` is woken when it does.
    fn fired(&self, waker: &Waker) -> bool {
        self.bell.rung(waker) || self.signal.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }
}

impl Drop for AbortWatch {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener("abort", self.bell.callback());
    }
}

/// Name, code and message of what a runtime rejected with, as far as they give nothing away. Any value works.
fn cause_of(thrown: &JsValue, secrets: &Secrets<'_>) -> Cause {
    let text = |value: JsValue| value.as_string().filter(|text| secrets.publishable(text).is_some());
    // Node and Bun put the system's code (ECONNRESET) one level down.
    let code = text(get(thrown, "code")).or_else(|| text(get(&get(thrown, "cause"), "code")));
    Cause {
        name: text(get(thrown, "name")).unwrap_or_else(|| "Error".to_owned()),
        code,
        message: text(get(thrown, "message")).or_else(|| text(thrown.clone())).unwrap_or_default(),
    }
}

/// Makes names comparable: Unicode compatibility form, lower case, single spaces. The tables are the runtime's.
pub(super) struct Fold;

impl Fold {
    pub(super) fn name(name: &str) -> String {
        let folded = JsString::from(name).normalize("NFKC").to_lower_case();
        let folded: String = folded.into();
        let words = folded.split(char::is_whitespace).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join(" ")
    }
}
