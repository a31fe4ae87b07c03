//! Waits for a function that JavaScript calls once: a promise that settles, a timer, an event.
//!
//! `wasm_bindgen_futures::JsFuture` keeps two closures until its promise settles, and the promise of a request that was given
//! up may never settle. Here a wait is a row of a table, and JavaScript holds its number only: dropping the future frees
//! everything, and a late call finds no row.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use js_sys::Function;
use wasm_bindgen::prelude::*;

/// The value or what was thrown.
pub type Settled = Result<JsValue, JsValue>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Promise, js_name = resolve, catch)]
    fn to_promise(value: &JsValue) -> Result<Thenable, JsValue>;

    /// A promise of any realm. `then` may be a caller's own.
    #[derive(Clone)]
    pub(super) type Thenable;
    #[wasm_bindgen(method, catch)]
    fn then(this: &Thenable, on_fulfilled: &JsValue, on_rejected: &JsValue) -> Result<JsValue, JsValue>;

    type Bindable;
    #[wasm_bindgen(method)]
    fn bind(this: &Bindable, this_argument: &JsValue, row: u32, serial: f64, is_fulfilled: bool) -> Function;
}

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table { rows: Vec::new(), free: Vec::new(), last_serial: 0.0 }) };
    static CALLED: Closure<dyn Fn(u32, f64, bool, JsValue)> = Closure::new(called);
    static IGNORED: Closure<dyn Fn(JsValue)> = Closure::new(drop);
}

struct Table {
    rows: Vec<Row>,
    free: Vec<u32>,
    last_serial: f64,
}

struct Row {
    /// Counts all waits, so that a late call does not meet the next user of its row.
    serial: f64,
    state: State,
}

enum State {
    Waiting(Option<Waker>),
    Called(Settled),
    Done,
}

impl Table {
    fn row(&mut self, callback: &Callback) -> Option<&mut Row> {
        self.rows.get_mut(callback.row as usize).filter(|row| row.serial.to_bits() == callback.serial.to_bits())
    }

    fn insert(&mut self) -> Callback {
        self.last_serial += 1.0;
        let waiting = Row { serial: self.last_serial, state: State::Waiting(None) };
        let free = self.free.pop().and_then(|index| self.rows.get_mut(index as usize).map(|row| (index, row)));
        let row = if let Some((index, row)) = free {
            *row = waiting;
            index
        } else {
            self.rows.push(waiting);
            (self.rows.len() - 1) as u32
        };
        Callback { row, serial: self.last_serial }
    }
}

/// A function that JavaScript is to call once, and the wait for that. Resolves to the argument of the first call.
#[derive(Debug)]
pub struct Callback {
    row: u32,
    serial: f64,
}

impl Callback {
    /// Begins to wait.
    #[allow(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        TABLE.with_borrow_mut(Table::insert)
    }

    /// The function. What it is called with is a value or, unless `is_fulfilled`, an error.
    pub fn function(&self, is_fulfilled: bool) -> Function {
        CALLED.with(|called| {
            let called: &Bindable = called.as_ref().unchecked_ref();
            called.bind(&JsValue::UNDEFINED, self.row, self.serial, is_fulfilled)
        })
    }
}

impl Future for Callback {
    type Output = Settled;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Settled> {
        // What is replaced is dropped after the table is released: a waker can be the last owner of other waits.
        let (result, _previous) = TABLE.with_borrow_mut(|table| {
            let Some(row) = table.row(&self) else { return (Poll::Pending, State::Done) };
            match std::mem::replace(&mut row.state, State::Done) {
                State::Called(result) => (Poll::Ready(result), State::Done),
                previous => {
                    row.state = State::Waiting(Some(context.waker().clone()));
                    (Poll::Pending, previous)
                }
            }
        });
        result
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        let _previous = TABLE.with_borrow_mut(|table| {
            let row = table.row(self)?;
            row.serial = 0.0;
            let previous = std::mem::replace(&mut row.state, State::Done);
            table.free.push(self.row);
            Some(previous)
        });
    }
}

/// Receives every call of every callback's function.
fn called(row: u32, serial: f64, is_fulfilled: bool, value: JsValue) {
    let result = if is_fulfilled { Ok(value) } else { Err(value) };
    let waker = TABLE.with_borrow_mut(|table| {
        let row = table.rows.get_mut(row as usize).filter(|row| row.serial.to_bits() == serial.to_bits())?;
        let State::Waiting(waker) = &mut row.state else { return None };
        let waker = waker.take();
        row.state = State::Called(result);
        waker
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Waits for a value that may be a promise or any other object with `then`.
///
/// # Errors
/// What the value's own code threw.
pub fn settle(value: &JsValue) -> Result<Callback, JsValue> {
    settle_promise(&promise_of(value)?)
}

pub(super) fn promise_of(value: &JsValue) -> Result<Thenable, JsValue> {
    to_promise(value)
}

pub(super) fn settle_promise(promise: &Thenable) -> Result<Callback, JsValue> {
    let callback = Callback::new();
    promise.then(&callback.function(true), &callback.function(false))?;
    Ok(callback)
}

/// Passes the result or the rejection of the promise to `handler`, which must not throw.
pub(super) fn then_either_way(promise: &Thenable, handler: &JsValue) {
    // A promise that cannot be followed is not followed.
    let _ = promise.then(handler, handler);
}

/// Ignores what a callback of the caller returned. If it is a promise that rejects, the rejection is handled: an unhandled
/// rejection would end a Node process.
pub fn ignore(value: &JsValue) {
    if value.is_object()
        && let Ok(promise) = promise_of(value)
    {
        IGNORED.with(|ignored| then_either_way(&promise, ignored.as_ref()));
    }
}
