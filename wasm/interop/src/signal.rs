//! Callers' abort signals: one listener for all calls on a signal, because Node warns of more than ten.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyperstack_credentials::transport::fetch::{Callback, is_abandoning};
use js_sys::{Array, Function, Set, WeakMap};
use wasm_bindgen::prelude::*;

use crate::object::get;

#[wasm_bindgen]
extern "C" {
    /// Whatever was passed as one.
    #[derive(Clone)]
    type Signal;
    #[wasm_bindgen(method, getter, catch)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    fn add_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeEventListener)]
    fn remove_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;

    type Bindable;
    #[wasm_bindgen(method)]
    fn bind(this: &Bindable, this_argument: &JsValue, functions: &Set) -> Function;
}

const ABORT: &str = "abort";

thread_local! {
    /// The listener of each signal in use, and a `Set` of the functions that it calls.
    static LISTENERS: WeakMap = WeakMap::new();
    static CALL_ALL: Closure<dyn Fn(Set)> = Closure::new(|functions: Set| {
        for function in Array::from(&functions).iter() {
            // They are callbacks of this module and do not throw.
            let _ = function.unchecked_ref::<Function>().call0(&JsValue::UNDEFINED);
        }
    });
}

/// A caller's signal.
pub(crate) struct AbortSignal(Signal);

impl AbortSignal {
    /// Takes the value for a signal; `None` if it is none.
    pub(crate) fn new(value: JsValue) -> Option<Self> {
        let signal: Signal = value.unchecked_into();
        let is_signal = signal.aborted().is_ok_and(|aborted| aborted.as_bool().is_some())
            && get(&signal, "addEventListener").is_function()
            && get(&signal, "removeEventListener").is_function();
        is_signal.then_some(Self(signal))
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.0.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }

    pub(crate) fn reason(&self) -> JsValue {
        get(&self.0, "reason")
    }

    /// Begins to listen.
    pub(crate) fn listen(self) -> Listening {
        let callback = Callback::new();
        let function = callback.function(true);
        let (functions, listener) = listener_of(&self.0).unwrap_or_else(|| {
            let functions = Set::new(&JsValue::UNDEFINED);
            let listener = CALL_ALL
                .with(|call_all| call_all.as_ref().unchecked_ref::<Bindable>().bind(&JsValue::UNDEFINED, &functions));
            let pair = Array::of2(&functions, &listener);
            LISTENERS.with(|listeners| listeners.set(self.0.unchecked_ref(), &pair));
            // A signal that refuses never fires.
            let _ = self.0.add_event_listener(ABORT, &listener);
            (functions, listener)
        });
        functions.add(&function);
        Listening { signal: self, callback, function, functions, listener }
    }
}

fn listener_of(signal: &Signal) -> Option<(Set, Function)> {
    let pair: Array = LISTENERS.with(|listeners| listeners.get(signal.unchecked_ref())).dyn_into().ok()?;
    Some((pair.get(0).unchecked_into(), pair.get(1).unchecked_into()))
}

/// Waits for the signal to fire, until it is dropped.
pub(crate) struct Listening {
    pub(crate) signal: AbortSignal,
    callback: Callback,
    function: Function,
    functions: Set,
    listener: Function,
}

impl Future for Listening {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.callback).poll(context).map(drop)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.functions.delete(&self.function);
        if self.functions.size() == 0 {
            LISTENERS.with(|listeners| listeners.delete(self.signal.0.unchecked_ref()));
            if !is_abandoning() {
                let _ = self.signal.0.remove_event_listener(ABORT, &self.listener);
            }
        }
    }
}
