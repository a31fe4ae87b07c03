//! Reads what a fetch resolved to.
//!
//! The platform's own responses are read through gloo-net. Whatever else a fetch resolves to (a mock, a response of another
//! realm, a proxy, `undefined`) is read with bindings that catch, because an exception through wasm would leave the call
//! hanging for ever.

use gloo_net::http;
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::callback::{promise_of, settle, then_either_way};
use super::open::{Timer, is_abandoning};
use crate::error::Cause;
use crate::transport::{HttpRequest, HttpResponse, TransportError};

#[wasm_bindgen]
extern "C" {
    /// Any value, taken for a response, a stream, its reader or what that reads.
    #[derive(Clone)]
    pub(super) type Foreign;

    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = "type")]
    fn type_(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn redirected(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Foreign) -> Result<Foreign, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Foreign) -> Result<Foreign, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = arrayBuffer)]
    fn array_buffer_method(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    fn array_buffer(this: &Foreign) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = get)]
    fn get_method(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn get(this: &Foreign, name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = getReader)]
    fn get_reader_method(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &Foreign) -> Result<Foreign, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn done(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Foreign) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = byteLength)]
    fn byte_length(this: &Foreign) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn get_of_prototype(prototype: &JsValue, name: &str, instance: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = ArrayBuffer, js_name = isView)]
    fn is_view(value: &JsValue) -> bool;

    /// Throws for what is not an `ArrayBuffer` of any realm.
    type DataView;
    #[wasm_bindgen(constructor, catch)]
    fn new(buffer: &JsValue) -> Result<DataView, JsValue>;

    /// A copy that nobody else can change, in this realm.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Copy;
    #[wasm_bindgen(constructor, js_class = "Uint8Array", catch)]
    fn new(bytes: &JsValue) -> Result<Copy, JsValue>;

    #[wasm_bindgen(js_name = Number)]
    fn to_number(text: &str) -> f64;
}

thread_local! {
    /// Cancels the body of a response that nobody waits for any more; does nothing with what is not a response.
    static DISCARD: Closure<dyn Fn(JsValue)> = Closure::new(|response: JsValue| {
        if let Ok(body) = response.unchecked_ref::<Foreign>().body() {
            cancel_quietly(&body);
        }
    });
}

/// Cancels the body of the response that the promise resolves to, if it does.
pub(super) fn discard(promise: &super::callback::Thenable) {
    DISCARD.with(|discard| then_either_way(promise, discard.as_ref()));
}

/// Cancels a stream or reader. What it throws, now or later, is of no interest.
fn cancel_quietly(stream: &Foreign) {
    if let Ok(promise) = stream.cancel().and_then(|value| promise_of(&value)) {
        discard(&promise);
    }
}

/// Cancels a stream or reader when it is dropped before its end.
struct CancelOnDrop {
    stream: Foreign,
    is_complete: bool,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if !self.is_complete && !is_abandoning() {
            cancel_quietly(&self.stream);
        }
    }
}

impl From<JsValue> for TransportError {
    /// The error of a connection that could not be made or was lost, from whatever was thrown.
    #[inline(never)]
    fn from(thrown: JsValue) -> Self {
        // What is not an object has no members. Asking it would throw, and each exception that wasm-bindgen catches for a
        // function that returns a value keeps a slot of its table.
        let member = |object: &JsValue, name: &str| {
            let value = object.is_object().then(|| Reflect::get(object, &JsValue::from_str(name)).ok()).flatten();
            value.unwrap_or_default()
        };
        let text = |name: &str| member(&thrown, name).as_string();
        // Node and Bun put the system's code (ECONNRESET) one level down.
        let code = text("code").or_else(|| member(&member(&thrown, "cause"), "code").as_string());
        Self::Connection(Cause {
            name: text("name").unwrap_or_else(|| "Error".to_owned()),
            message: text("message").or_else(|| thrown.as_string()).unwrap_or_default(),
            code,
        })
    }
}

/// A response whose body is still to be read. Its body is cancelled when it is dropped before the end.
pub(super) struct Unread {
    /// Everything but the body.
    response: HttpResponse,
    headers: JsValue,
    body: Body,
    bytes: Bytes,
    guard: CancelOnDrop,
}

/// How the body is read.
enum Body {
    /// Chunk by chunk.
    Reader(Foreign),
    /// All at once, where there is no stream: the promise of the whole body.
    Whole(JsValue),
    Empty,
}

impl Unread {
    /// Reads everything but the body. `is_own`: the platform's own fetch resolved to it.
    #[inline(never)]
    pub(super) fn new(value: JsValue, is_own: bool, request: &HttpRequest) -> Result<Self, TransportError> {
        if !value.is_object() {
            return Err(value.into());
        }
        let head = if is_own && is_platform_response(&value) {
            Head::Platform(http::Response::from(value.unchecked_into::<web_sys::Response>()))
        } else {
            Head::Foreign(value.unchecked_into())
        };
        let stream = head.body()?;
        let mut guard = CancelOnDrop { stream: stream.clone(), is_complete: false };
        let status = head.checked_status()?;
        let headers = head.headers()?;
        let limit = request.max_response_bytes;
        if headers.get("content-length")?.is_some_and(|length| to_number(&length) > as_number(limit)) {
            return Err(TransportError::TooLarge);
        }
        let response = HttpResponse {
            status,
            content_type: headers.get("content-type")?,
            retry_after: headers.get("retry-after")?,
            // What is no `Headers` may know only the spelling that was sent.
            age: headers.get("age")?.or(headers.get("Age")?),
            request_id: headers.get(&request.request_id_header)?.filter(|id| !id.is_empty()),
            body: Vec::new(),
        };
        let body = if stream.is_object() && is_function(stream.get_reader_method()) {
            let reader = stream.get_reader()?;
            guard.stream = reader.clone();
            Body::Reader(reader)
        } else {
            match &head {
                Head::Foreign(response) if is_function(response.array_buffer_method()) => {
                    Body::Whole(response.array_buffer()?)
                }
                Head::Foreign(_) | Head::Platform(_) => Body::Empty,
            }
        };
        let bytes = Bytes { bytes: Vec::new(), limit };
        Ok(Self { response, headers: headers.into_object(), body, bytes, guard })
    }

    /// Reads the body. Returns the response and its headers object.
    pub(super) async fn read(mut self) -> Result<(HttpResponse, JsValue), TransportError> {
        match &self.body {
            Body::Reader(reader) => {
                let mut pace = Pace::new();
                while self.bytes.append_step(settle(&reader.read()?)?.await?)? {
                    if let Some(pause) = pace.pause_after_chunk() {
                        pause.await;
                    }
                }
            }
            Body::Whole(promise) => self.bytes.append(&settle(promise)?.await?)?,
            Body::Empty => {}
        }
        self.guard.is_complete = true;
        self.response.body = self.bytes.bytes;
        Ok((self.response, self.headers))
    }
}

/// What can be read of a response.
enum Head {
    Platform(http::Response),
    Foreign(Foreign),
}

impl Head {
    fn body(&self) -> Result<Foreign, JsValue> {
        match self {
            Self::Platform(response) => Ok(response.body().map(JsValue::from).unwrap_or_default().unchecked_into()),
            Self::Foreign(response) => response.body(),
        }
    }

    /// The status, unless the response is a redirect or the fetch failed.
    fn checked_status(&self) -> Result<u16, TransportError> {
        let (status, is_redirect) = match self {
            Self::Platform(response) => {
                let is_opaque = response.type_() == web_sys::ResponseType::Opaqueredirect;
                (response.status(), is_opaque || response.redirected())
            }
            Self::Foreign(response) => response.status_and_redirect()?,
        };
        if is_redirect || (300..400).contains(&status) {
            return Err(TransportError::Redirect { status: Some(status).filter(|status| *status > 0) });
        }
        if status == 0 { Err(TransportError::Connection(Cause::default())) } else { Ok(status) }
    }

    fn headers(&self) -> Result<Headers, JsValue> {
        Ok(match self {
            Self::Platform(response) => Headers::Platform(response.headers()),
            Self::Foreign(response) => Headers::Foreign(response.headers()?),
        })
    }
}

impl Foreign {
    fn status_and_redirect(&self) -> Result<(u16, bool), JsValue> {
        let status = self.status()?.as_f64().unwrap_or_default();
        let is_status = (100.0..1000.0).contains(&status) && status.fract() == 0.0;
        let is_opaque = self.type_()?.as_string().is_some_and(|text| text == "opaqueredirect");
        let is_redirected = self.redirected()?.is_truthy();
        Ok((if is_status { status as u16 } else { 0 }, is_opaque || is_redirected))
    }
}

/// The headers of a response.
enum Headers {
    Platform(http::Headers),
    Foreign(Foreign),
}

impl Headers {
    /// The value of a header. What is neither a string nor missing cannot be read, which an empty string says.
    #[inline(never)]
    fn get(&self, name: &str) -> Result<Option<String>, JsValue> {
        let value = match self {
            Self::Platform(headers) => headers.get(name),
            // A response without headers has none.
            Self::Foreign(headers) if headers.is_object() && is_function(headers.get_method()) => {
                let value = headers.get(name)?;
                if value.is_null() || value.is_undefined() { None } else { Some(value.as_string().unwrap_or_default()) }
            }
            Self::Foreign(_) => None,
        };
        Ok(value.map(|value| value.trim_ascii().to_owned()))
    }

    fn into_object(self) -> JsValue {
        match self {
            Self::Platform(headers) => headers.into_raw().into(),
            Self::Foreign(headers) => headers.into(),
        }
    }
}

/// Whether it is a `Response` of the platform whose properties are the platform's own, so that reading them cannot throw.
fn is_platform_response(value: &JsValue) -> bool {
    let check = || {
        let class = Reflect::get(&js_sys::global(), &JsValue::from_str("Response")).ok()?;
        let prototype = Reflect::get(&class, &JsValue::from_str("prototype")).ok()?;
        // Throws for what is not an object.
        let own = Reflect::get_prototype_of(value).ok()?;
        // Throws for proxies, and for objects that only inherit from the prototype.
        get_of_prototype(&prototype, "status", value).ok()?;
        let names = Object::get_own_property_names(value.unchecked_ref::<Object>());
        Some(JsValue::from(own) == prototype && names.length() == 0)
    };
    check() == Some(true)
}

fn is_function(value: Result<JsValue, JsValue>) -> bool {
    value.is_ok_and(|value| value.is_function())
}

#[allow(clippy::cast_precision_loss, reason = "a limit beyond 2^53 bytes is none")]
fn as_number(limit: u64) -> f64 {
    limit as f64
}

/// Chunks and milliseconds after which reading lets timers run. A stream whose next chunk is always ready would starve them,
/// and with them every timeout.
const CHUNKS_WITHOUT_PAUSE: u32 = 128;
const MS_WITHOUT_PAUSE: f64 = 50.0;

/// When timers must run while a body is read.
struct Pace {
    chunks: u32,
    /// Milliseconds since 1970.
    paused_at: f64,
}

impl Pace {
    fn new() -> Self {
        Self { chunks: 0, paused_at: js_sys::Date::now() }
    }

    /// A pause, if it is time for one.
    fn pause_after_chunk(&mut self) -> Option<Timer> {
        self.chunks += 1;
        let now = js_sys::Date::now();
        let is_due = self.chunks >= CHUNKS_WITHOUT_PAUSE || (now - self.paused_at).abs() >= MS_WITHOUT_PAUSE;
        if !is_due {
            return None;
        }
        *self = Self { chunks: 0, paused_at: now };
        Timer::start(0)
    }
}

/// The bytes of a body, up to a limit.
struct Bytes {
    bytes: Vec<u8>,
    limit: u64,
}

impl Bytes {
    /// Appends what a reader read; `false` at the end of the stream.
    fn append_step(&mut self, step: JsValue) -> Result<bool, TransportError> {
        let step: Foreign = step.unchecked_into();
        if step.done()?.is_truthy() {
            return Ok(false);
        }
        self.append(&step.value()?)?;
        Ok(true)
    }

    #[inline(never)]
    fn append(&mut self, chunk: &JsValue) -> Result<(), TransportError> {
        let length = chunk.unchecked_ref::<Foreign>().byte_length()?.as_f64();
        let used = as_number(self.bytes.len() as u64);
        if length.is_some_and(|length| used + length > as_number(self.limit)) {
            return Err(TransportError::TooLarge);
        }
        if !is_view(chunk) {
            DataView::new(chunk)?;
        }
        // What a chunk says of itself may be anything; its copy is this module's own.
        let copy: Uint8Array = Copy::new(chunk)?.unchecked_into();
        let length = copy.length() as usize;
        let start = self.bytes.len();
        let is_within = (start + length) as u64 <= self.limit;
        if !is_within || self.bytes.try_reserve(length).is_err() {
            return Err(TransportError::TooLarge);
        }
        self.bytes.resize(start + length, 0);
        if let Some(end) = self.bytes.get_mut(start..) {
            copy.copy_to(end);
        }
        Ok(())
    }
}
