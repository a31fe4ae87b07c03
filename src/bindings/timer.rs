//! Owns waiting for JavaScript to call: a timer that is cleared when it is dropped, and the wake-up behind it.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use wasm_bindgen::prelude::*;

use super::fetch::Hooks;

#[wasm_bindgen]
extern "C" {
    // A number in browsers, an object in Node: taken as it is.
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: &JsValue);
}

#[derive(Default)]
struct Rung {
    rung: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// A function for JavaScript to call once, and a place to wait for it. Not a promise: one that is never settled
/// would keep its callbacks for ever.
pub(super) struct Bell {
    state: Rc<Rung>,
    callback: Closure<dyn FnMut()>,
}

impl Bell {
    pub(super) fn new() -> Self {
        let state: Rc<Rung> = Rc::default();
        let ringing = Rc::clone(&state);
        let callback = Closure::new(move || {
            ringing.rung.set(true);
            // Taken first: waking may poll at once.
            let waiting = ringing.waker.take();
            if let Some(waker) = waiting {
                waker.wake();
            }
        });
        Self { state, callback }
    }

    pub(super) fn callback(&self) -> &JsValue {
        self.callback.as_ref()
    }

    /// Whether it was called; if not, `waker` is woken when it is.
    pub(super) fn rung(&self, waker: &Waker) -> bool {
        self.state.waker.replace(Some(waker.clone()));
        self.state.rung.get()
    }
}

pub(super) struct Timer {
    id: JsValue,
    bell: Bell,
    ends_at: f64,
}

impl Timer {
    /// Longer than a signed 32-bit number of milliseconds would fire at once in every JavaScript runtime.
    pub(super) fn start(hooks: &Hooks, ms: u64) -> Result<Self, JsValue> {
        let bell = Bell::new();
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        let id = hooks.timer(bell.callback(), ms)?;
        Ok(Self { id, bell, ends_at: js_sys::Date::now() + f64::from(ms) })
    }

    /// By the clock, for where JavaScript has had no time to call.
    pub(super) fn is_over(&self) -> bool {
        js_sys::Date::now() > self.ends_at
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.bell.rung(context.waker()) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}
