//! Ends calls whose request no longer exists.
//!
//! A Worker ends a request without notice when its client goes away: no promise of it settles, no timer fires, nothing after
//! an `await` runs. Its calls would keep their memory forever. So in Workers each call is listed with its deadline, and
//! later calls end those that are past it. A call that is alive ends at its deadline by its own timer and is not listed any
//! more.
//!
//! A call that is ended this way touches nothing of its request (`abandon`), and its promise resolves to one that never
//! settles: whoever awaits it stays where the Worker left it, and nothing of one request runs in another.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use js_sys::{Date, Promise};
use wasm_bindgen::prelude::*;

use crate::object::get;

/// The time after its deadline in which a call that is alive ends by itself, in milliseconds.
const GRACE_MS: f64 = 1_000.0;
/// How long a call must have been seen past that time without anything happening in it, in milliseconds: timers of a Worker
/// that was busy may be late.
const CONFIRMATION_MS: f64 = 250.0;

thread_local! {
    static LISTED: RefCell<Vec<Rc<Entry>>> = const { RefCell::new(Vec::new()) };
}

struct Entry {
    /// Milliseconds since 1970.
    deadline: f64,
    /// When it was first seen past its deadline since it last ran; 0 if it was not.
    overdue_since: Cell<f64>,
    is_abandoned: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// A call in the list, until it is dropped.
pub(crate) struct Listed(Rc<Entry>);

impl Listed {
    /// Lists a call that ends within so many milliseconds, and ends those that are overdue. `None` where calls always end:
    /// everywhere but in Workers.
    #[allow(clippy::cast_precision_loss, reason = "a time beyond 2^53 ms does not come")]
    pub(crate) fn new(limit_ms: u64) -> Option<Self> {
        if !has_vanishing_requests() {
            return None;
        }
        let now = Date::now();
        end_overdue(now);
        let entry = Rc::new(Entry {
            deadline: now + limit_ms as f64,
            overdue_since: Cell::new(0.0),
            is_abandoned: Cell::new(false),
            waker: RefCell::new(None),
        });
        LISTED.with_borrow_mut(|listed| listed.push(Rc::clone(&entry)));
        Some(Self(entry))
    }

    /// Records that the call runs. Returns whether it was ended.
    pub(crate) fn run(&self, context: &Context<'_>) -> bool {
        self.0.overdue_since.set(0.0);
        let _previous = self.0.waker.replace(Some(context.waker().clone()));
        self.0.is_abandoned.get()
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        LISTED.with_borrow_mut(|listed| listed.retain(|entry| !Rc::ptr_eq(entry, &self.0)));
    }
}

fn end_overdue(now: f64) {
    let overdue = LISTED.with_borrow(|listed| {
        let is_over = |entry: &&Rc<Entry>| {
            if entry.is_abandoned.get() || now < entry.deadline + GRACE_MS {
                return false;
            }
            let since = entry.overdue_since.get();
            if since == 0.0 {
                entry.overdue_since.set(now);
            }
            since > 0.0 && now - since >= CONFIRMATION_MS
        };
        listed.iter().filter(is_over).cloned().collect::<Vec<_>>()
    });
    for entry in overdue {
        entry.is_abandoned.set(true);
        let waker = entry.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Whether this is a Worker. Its class of sockets is there at every compatibility date.
fn has_vanishing_requests() -> bool {
    thread_local! {
        static HAS: bool = get(&js_sys::global(), "WebSocketPair").is_function();
    }
    HAS.with(|has| *has)
}

/// A promise that never settles.
pub(crate) fn never() -> JsValue {
    Promise::new(&mut |_, _| {}).into()
}
