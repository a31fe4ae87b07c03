//! What requests hold open in JavaScript: timers and abort controllers.
//!
//! Dropping a guard ends what it holds. Two owners of a module need more than that: one whose instance has died and can run
//! no destructor ends what is listed in [`open_handles`], and one whose request is gone may not touch it any more
//! ([`abandon`]).

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use js_sys::{Function, Set};
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

use super::callback::Callback;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(callback: &Function, ms: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

thread_local! {
    static OPEN: Set = Set::new(&JsValue::UNDEFINED);
    static IS_ABANDONING: Cell<bool> = const { Cell::new(false) };
}

/// The timers and the `AbortController`s that are open: a `Set` that always shows the current ones.
pub fn open_handles() -> Set {
    OPEN.with(Set::clone)
}

/// Drops what belongs to a request that no longer exists, without touching timers, requests or streams.
///
/// Workers forbid one request to use what another one opened, and end a request without any notice when its client goes away.
pub fn abandon<T>(owned: T) {
    IS_ABANDONING.set(true);
    drop(owned);
    IS_ABANDONING.set(false);
}

/// Whether [`abandon`] is dropping: what is open is then left alone.
pub fn is_abandoning() -> bool {
    IS_ABANDONING.get()
}

/// Something open, listed until it is dropped.
struct Listed(JsValue);

impl Listed {
    fn new(handle: JsValue) -> Self {
        OPEN.with(|open| open.add(&handle));
        Self(handle)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        OPEN.with(|open| open.delete(&self.0));
    }
}

/// Later than this, JavaScript's timers fire at once.
const LONGEST_TIMER_MS: f64 = 2_147_483_647.0;

/// A timer that is cleared when it is dropped.
pub struct Timer {
    callback: Callback,
    handle: Listed,
}

impl Timer {
    /// Starts a timer of at most 2^31 - 1 milliseconds. `None` where there are none: outside of requests in Workers.
    #[allow(clippy::cast_precision_loss, reason = "the longest timer is far below 2^53")]
    pub fn start(ms: u64) -> Option<Self> {
        let callback = Callback::new();
        let handle = set_timeout(&callback.function(true), LONGEST_TIMER_MS.min(ms as f64)).ok()?;
        Some(Self { callback, handle: Listed::new(handle) })
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.callback).poll(context).map(drop)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if !is_abandoning() {
            // It may have fired, and fake timers may be gone.
            let _ = clear_timeout(&self.handle.0);
        }
    }
}

/// Aborts a request when it is dropped before the response is complete.
pub(super) struct AbortOnDrop {
    controller: AbortController,
    is_complete: bool,
    _listed: Listed,
}

impl AbortOnDrop {
    pub(super) fn new() -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        let listed = Listed::new(controller.clone().into());
        Ok(Self { controller, is_complete: false, _listed: listed })
    }

    pub(super) fn signal(&self) -> JsValue {
        self.controller.signal().into()
    }

    pub(super) fn complete(&mut self) {
        self.is_complete = true;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if !self.is_complete && !is_abandoning() {
            self.controller.abort();
        }
    }
}
