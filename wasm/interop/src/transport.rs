//! The transport of a call: `fetch`, and the caller's hook before each request.

use std::future::Future;
use std::pin::Pin;

use hyperstack_credentials::model::Timestamp;
use hyperstack_credentials::transport::fetch::FetchTransport;
use hyperstack_credentials::transport::{HttpRequest, HttpResponse, Transport, TransportError};
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

use crate::object;

/// The transport of one call.
pub(crate) struct CallTransport {
    fetch: FetchTransport,
    on_attempt: Option<Function>,
}

impl CallTransport {
    pub(crate) fn new(fetch: Option<Function>, on_attempt: Option<Function>) -> Self {
        let fetch = fetch.map_or_else(FetchTransport::new, FetchTransport::with_fetch);
        Self { fetch, on_attempt }
    }

    /// The `headers` of the last response.
    pub(crate) fn last_headers(&self) -> JsValue {
        self.fetch.last_headers()
    }
}

impl Transport for CallTransport {
    async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, TransportError> {
        if let Some(on_attempt) = &self.on_attempt {
            // It only counts.
            let _ = object::call(on_attempt, &Array::new());
        }
        // Boxed: the futures of callers hold a pointer, and the work is compiled once.
        let work: Pin<Box<dyn Future<Output = _>>> = Box::pin(self.fetch.send(request));
        let result = work.await;
        #[cfg(feature = "trap")]
        crate::trap::at("answered");
        result
    }

    async fn sleep(&self, ms: u64) {
        self.fetch.sleep(ms).await;
        #[cfg(feature = "trap")]
        crate::trap::at("waited");
    }

    fn now(&self) -> Timestamp {
        self.fetch.now()
    }

    fn random(&self) -> f64 {
        self.fetch.random()
    }
}
