//! The transport of wasm: the platform's `fetch`, or a caller's, with its timers and its clock.

mod callback;
mod open;
mod response;

use std::cell::{Cell, RefCell};

use js_sys::{Array, Function, JSON, Reflect};
use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::*;

pub use callback::{Callback, Settled, ignore, settle};
pub use open::{Timer, abandon, is_abandoning, open_handles};

use super::{HttpRequest, HttpResponse, Transport, TransportError};
use crate::json;
use crate::model::Timestamp;
use callback::{Thenable, promise_of, settle_promise};
use open::AbortOnDrop;
use response::{Unread, discard};

/// Sends requests with `fetch`. Without one of the caller's own, the global `fetch` is looked up at each request.
#[derive(Debug, Default)]
pub struct FetchTransport {
    fetch: Option<Function>,
    last_headers: RefCell<JsValue>,
}

impl FetchTransport {
    /// A transport on the platform's `fetch`.
    pub fn new() -> Self {
        Self::default()
    }

    /// A transport on a caller's `fetch`: a service binding, a proxy, a mock. It is called without `this`, with a URL and a
    /// plain init object, and may return, resolve to or throw anything.
    pub fn with_fetch(fetch: Function) -> Self {
        Self { fetch: Some(fetch), last_headers: RefCell::default() }
    }

    /// The `headers` object of the last complete response; `undefined` before the first.
    pub fn last_headers(&self) -> JsValue {
        self.last_headers.borrow().clone()
    }

    fn begin(&self, request: &HttpRequest) -> Result<Exchange, JsValue> {
        let guard = AbortOnDrop::new()?;
        let promise = self.call(&request.url, &init_of(request, &guard.signal())?)?;
        let settled = settle_promise(&promise)?;
        Ok(Exchange { guard, settled, unread: DiscardOnDrop(Some(promise)) })
    }

    fn call(&self, url: &str, init: &JsValue) -> Result<Thenable, JsValue> {
        let global = match &self.fetch {
            Some(_) => None,
            None => Some(Reflect::get(&js_sys::global(), &JsValue::from_str("fetch"))?),
        };
        let fetch = self.fetch.as_ref().or_else(|| global.as_ref().and_then(JsCast::dyn_ref));
        let fetch = fetch.ok_or_else(|| js_sys::TypeError::new("fetch is not a function"))?;
        let arguments = Array::of2(&JsValue::from_str(url), init);
        promise_of(&Reflect::apply(fetch, &JsValue::UNDEFINED, &arguments)?)
    }
}

impl Transport for FetchTransport {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        let Exchange { mut guard, settled, mut unread } = self.begin(request)?;
        let value = settled.await?;
        unread.0 = None;
        let (response, headers) = Unread::new(value, self.fetch.is_none(), request)?.read().await?;
        self.last_headers.replace(headers);
        guard.complete();
        Ok(response)
    }

    /// Resolves at once where there are no timers: outside of requests in Workers.
    async fn sleep(&self, ms: u64) {
        if let Some(timer) = Timer::start(ms) {
            timer.await;
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_ms(js_sys::Date::now() as i64)
    }

    fn random(&self) -> f64 {
        js_sys::Math::random()
    }
}

/// A request that was sent. What is synchronous about sending is apart from the `async` function: wasm of that is larger.
struct Exchange {
    guard: AbortOnDrop,
    settled: Callback,
    unread: DiscardOnDrop,
}

/// A response that arrives although nobody waits for it: its body is cancelled, or it would hold its connection.
struct DiscardOnDrop(Option<Thenable>);

impl Drop for DiscardOnDrop {
    fn drop(&mut self) {
        if let Some(promise) = self.0.take().filter(|_| !is_abandoning()) {
            discard(&promise);
        }
    }
}

/// The init object of a request. Its members are its own, whatever a page has put onto `Object.prototype`, and all are plain:
/// the `fetch` of another realm does not know this realm's `Headers` and `Request`.
fn init_of(request: &HttpRequest, signal: &JsValue) -> Result<JsValue, JsValue> {
    let init = Init {
        method: request.method.as_str(),
        headers: &request.headers,
        // Workers do not know "error". A redirect is refused when it arrives.
        redirect: "manual",
        cache: accepts_no_store().then_some("no-store"),
        signal: (),
        body: request.body.as_ref().map(|_| ()),
    };
    let object = JSON::parse(&json::to_string(&init))?;
    set(&object, "signal", signal)?;
    if let Some(body) = &request.body {
        set(&object, "body", &JsValue::from_str(body))?;
    }
    Ok(object)
}

/// What the init object of a request holds. Signal and body are filled in later.
#[derive(Serialize)]
struct Init<'a> {
    method: &'static str,
    #[serde(serialize_with = "serialize_members")]
    headers: &'a [(String, String)],
    redirect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<&'static str>,
    signal: (),
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<()>,
}

fn serialize_members<S: Serializer>(members: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(members.iter().map(|(name, value)| (name, value)))
}

fn set(object: &JsValue, name: &str, value: &JsValue) -> Result<bool, JsValue> {
    Reflect::set(object, &JsValue::from_str(name), value)
}

/// Whether requests can have `cache: "no-store"`. Workers with a compatibility date before 2024-11-11 throw on it.
/// Where there is no `Request` to try it with, it does no harm.
fn accepts_no_store() -> bool {
    thread_local! {
        static ACCEPTS: Cell<Option<bool>> = const { Cell::new(None) };
    }
    let try_it = || {
        let class = Reflect::get(&js_sys::global(), &JsValue::from_str("Request")).unwrap_or_default();
        let Some(class) = class.dyn_ref::<Function>() else { return true };
        let init = JSON::parse("{\"cache\":\"no-store\"}").unwrap_or_default();
        Reflect::construct(class, &Array::of2(&JsValue::from_str("https://localhost/"), &init)).is_ok()
    };
    ACCEPTS.get().unwrap_or_else(|| {
        let accepts = try_it();
        ACCEPTS.set(Some(accepts));
        accepts
    })
}
