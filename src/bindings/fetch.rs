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

use crate::client::{Event, Fault, Host, Outgoing};
use crate::decimal;
use crate::error::{Cause, Error};
use crate::operations::Operation;
use crate::response::{Incoming, Secrets};
use crate::shape::{Issue, Rule};

#[wasm_bindgen]
extern "C" {
    /// What the facade passes with every call (`Call` in pkg-template/src/call.ts). What a call holds of the runtime goes
    /// through it, so that it can be let go of if this instance dies.
    pub type Hooks;
    #[wasm_bindgen(method, structural, catch)]
    fn token(this: &Hooks) -> Result<JsValue, JsValue>;
    /// A new one for the attempt that begins.
    #[wasm_bindgen(method, structural, catch)]
    fn controller(this: &Hooks) -> Result<AbortController, JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn send(this: &Hooks, url: &str, init: &Object) -> Result<JsValue, JsValue>;
    // It throws in the global scope of a Worker.
    #[wasm_bindgen(method, structural, catch)]
    pub(super) fn timer(this: &Hooks, callback: &JsValue, ms: i32) -> Result<JsValue, JsValue>;
    /// Has the callback called when the caller's signal fires; `undefined` ends that.
    #[wasm_bindgen(method, structural, catch)]
    fn listen(this: &Hooks, callback: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, structural, catch)]
    fn aborted(this: &Hooks) -> Result<bool, JsValue>;
    /// `undefined` where nothing has been spent yet.
    #[wasm_bindgen(method, getter, structural)]
    fn quota(this: &Hooks) -> JsValue;
    #[wasm_bindgen(method, setter, structural)]
    fn set_quota(this: &Hooks, quota: u32);
    /// Whether anybody wants to be told.
    #[wasm_bindgen(method, getter, structural)]
    fn listening(this: &Hooks) -> bool;
    #[wasm_bindgen(method, structural)]
    fn tell(this: &Hooks, name: &str, event: &str);

    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(constructor, catch, js_class = Uint8Array)]
    fn new(source: &JsValue) -> Result<Bytes, JsValue>;
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

/// A call's view of JavaScript. Dropping it ends its listening; its timers and requests end with their futures.
pub(super) struct JsHost {
    hooks: Hooks,
    /// Rung by the caller's signal.
    abort: Bell,
    headers: RefCell<JsValue>,
}

impl JsHost {
    pub(super) fn new(operation: &'static str, hooks: Hooks) -> Result<Self, Box<Error>> {
        let host = Self { hooks, abort: Bell::new(), headers: RefCell::new(JsValue::NULL) };
        let listening = host.hooks.aborted().and_then(|_| host.hooks.listen(host.abort.callback()));
        match listening {
            Ok(()) => Ok(host),
            Err(_) => Err(Error::invalid(operation, vec![Issue::new("signal", Rule::AbortSignal)])),
        }
    }

    /// Whether the caller has aborted, also before this call; if not, `waker` is woken when it happens.
    fn aborted(&self, waker: &Waker) -> bool {
        self.abort.rung(waker) || self.hooks.aborted().unwrap_or(false)
    }

    /// The headers of the last answer, as the runtime gave them.
    pub(super) fn headers(&self) -> JsValue {
        self.headers.borrow().clone()
    }

    /// Waits for `future` unless the caller aborts or the time is up first.
    async fn within<F: Future>(&self, future: F, time: &mut Timer) -> Result<F::Output, Fault> {
        let mut future = pin!(future);
        core::future::poll_fn(|context| {
            if self.aborted(context.waker()) {
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

impl Drop for JsHost {
    fn drop(&mut self) {
        let _ = self.hooks.listen(&JsValue::UNDEFINED);
    }
}

impl Host for JsHost {
    async fn token(&self, timeout_ms: u64) -> Result<String, Fault> {
        let mut time = Timer::start(&self.hooks, timeout_ms).map_err(|_| Fault::Lost(Cause::default()))?;
        // Asked for within, so that nothing is done for a signal that has fired already.
        let value = async { settled(&self.hooks.token()?).await };
        // What the function threw is dropped: it may hold the token.
        let value = self.within(value, &mut time).await?.map_err(|_| Fault::Lost(Cause::default()))?;
        Ok(value.as_string().unwrap_or_default())
    }

    async fn send(&self, request: &Outgoing<'_>) -> Result<Incoming, Fault> {
        let secrets = Secrets { token: request.token.unwrap_or_default() };
        let lost = |thrown: JsValue| Fault::Lost(cause_of(&thrown, &secrets));
        let mut time = Timer::start(&self.hooks, request.timeout_ms).map_err(lost)?;
        let exchange = Exchange { controller: self.hooks.controller().map_err(lost)?, finished: Cell::new(false) };
        let promise = self.fetch(request, &exchange.controller).map_err(lost)?;
        #[cfg(feature = "trap")]
        super::trap::at("sent");
        let response = self.within(settled(&promise), &mut time).await?.map_err(lost)?;
        #[cfg(feature = "trap")]
        super::trap::at("answered");

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
        let Ok(mut time) = Timer::start(&self.hooks, ms) else { return Err(Fault::Lost(Cause::default())) };
        let waited = self.within(core::future::pending::<()>(), &mut time).await;
        #[cfg(feature = "trap")]
        super::trap::at("waited");
        match waited {
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

    fn quota(&self) -> Option<u32> {
        self.hooks.quota().as_f64().map(|quota| quota as u32)
    }

    fn set_quota(&self, quota: u32) {
        self.hooks.set_quota(quota);
    }

    fn tell(&self, operation: &'static Operation, attempt: u32, event: &Event<'_>) {
        if self.hooks.listening() {
            self.hooks.tell(event.name(), &event.to_json(operation.name, attempt));
        }
    }
}

impl JsHost {
    fn fetch(&self, request: &Outgoing<'_>, controller: &AbortController) -> Result<JsValue, JsValue> {
        // A plain object, not a Headers: another realm's fetch (npm's undici) does not know ours.
        let headers = Object::new();
        for (name, value) in request.headers {
            set(&headers, name, &JsValue::from(value));
        }
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
        self.hooks.send(request.url, &init)
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

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.finished.get() {
            self.controller.abort();
        }
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
