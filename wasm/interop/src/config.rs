//! The configuration of a client as callers pass it with each call, and what the calls with one `config` object share.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use hyperstack_credentials::client::{
    ClientConfig, Event, LimitOptions, Limits, RetryQuota, TokenProvider, TokenSource, TokenUnavailable,
};
use hyperstack_credentials::json;
use hyperstack_credentials::model::{BaseUrl, HeaderName, Token};
use hyperstack_credentials::transport::fetch::{ignore, settle};
use hyperstack_credentials::validate::{Issues, Members, Path, Rule};
use js_sys::{Array, Function, JSON, Uint32Array, WeakMap};
use wasm_bindgen::prelude::*;

use crate::object::{call, set};
use crate::options::Options;

/// Receives what happens during calls.
pub(crate) type Observer = Rc<dyn Fn(&Event)>;

/// A configuration without issues. Its token is not read before it is known that the call is not aborted.
pub(crate) struct Config {
    token: JsValue,
    pub(crate) fetch: Option<Function>,
    base_url: Option<BaseUrl>,
    request_id_header: Option<HeaderName>,
    pub(crate) limits: Limits,
    shared: Shared,
    pub(crate) on_event: Option<Observer>,
}

impl Config {
    /// Reads `config`. `None` only with an issue.
    pub(crate) fn read(config: &JsValue, issues: &mut Issues) -> (Option<Observer>, Option<Self>) {
        let mut options = Options::read(config, &["token", "fetch", "onEvent"], issues);
        let shared = Shared::of(config);
        let token = options.take("token").unwrap_or_default();
        let fetch = options.take_function("fetch", issues);
        let on_event = options.take_function("onEvent", issues);
        let on_event = on_event.map(|function| events(function, shared.next_call()));
        issues.require(token.is_string() || token.is_function(), &Path::Member(&Path::Root, "token"), Rule::Token);
        let read = |issues| {
            let mut members = Members::of(Some(&options.rest), &Path::Root, issues)?;
            let base_url = members.read("baseUrl");
            let request_id_header = members.read("requestIdHeader");
            let limits = LimitOptions::read(&mut members);
            members.refuse_unknown();
            let limits = Limits::default().with(&limits?);
            Some((base_url?, request_id_header?, limits))
        };
        let config = read(issues).map(|(base_url, request_id_header, limits)| Self {
            token,
            fetch,
            base_url,
            request_id_header,
            limits,
            shared,
            on_event: on_event.clone(),
        });
        (on_event, config)
    }

    /// The configuration of the client.
    ///
    /// # Errors
    /// The token is a string that cannot be sent.
    pub(crate) fn into_client_config(self) -> Result<ClientConfig, Rule> {
        let mut config = ClientConfig::new(match self.token.dyn_into::<Function>() {
            Ok(function) => TokenSource::Provider(Rc::new(TokenFunction(function))),
            Err(token) => TokenSource::Fixed(Token::parse(token.as_string().unwrap_or_default())?),
        });
        if let Some(base_url) = self.base_url {
            config.base_url = base_url;
        }
        if let Some(name) = self.request_id_header {
            config.request_id_header = name;
        }
        config.limits = self.limits;
        config.on_event = self.on_event;
        config.quota = Rc::new(self.shared);
        Ok(config)
    }
}

/// Reports events to the caller's function. What that throws or rejects with does not cost the call.
fn events(function: Function, call_number: u32) -> Observer {
    Rc::new(move |event| {
        // `JSON.parse` cannot fail: this crate wrote the text.
        let event = JSON::parse(&json::to_string(event)).unwrap_or_default();
        set(&event, "call", &call_number.into());
        if let Ok(returned) = call(&function, &Array::of1(&event)) {
            ignore(&returned);
        }
    })
}

/// A caller's token function. Why it fails is never shown: its error may hold the token.
struct TokenFunction(Function);

impl TokenProvider for TokenFunction {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<String, TokenUnavailable>>>> {
        let settled = call(&self.0, &Array::new()).and_then(|value| settle(&value));
        Box::pin(async move {
            let token = settled.map_err(|_| TokenUnavailable)?.await.map_err(|_| TokenUnavailable)?;
            #[cfg(feature = "trap")]
            crate::trap::at("token");
            // What is not a string is not a token either.
            Ok(token.as_string().unwrap_or_default())
        })
    }
}

/// What the calls with one `config` object share: the retry quota, and how many calls there were.
struct Shared(Uint32Array);

const QUOTA: u32 = 0;
const CALLS: u32 = 1;

impl Shared {
    fn of(config: &JsValue) -> Self {
        thread_local! {
            static SHARED: WeakMap = WeakMap::new();
        }
        SHARED.with(|shared| {
            // Primitives are no keys, and no configurations either.
            let key = config.is_object().then(|| config.unchecked_ref::<js_sys::Object>());
            if let Some(known) = key.and_then(|key| shared.get(key).dyn_into().ok()) {
                return Self(known);
            }
            let new = Uint32Array::new_with_length(2);
            new.set_index(QUOTA, RETRY_QUOTA);
            if let Some(key) = key {
                shared.set(key, &new);
            }
            Self(new)
        })
    }

    /// Counts the calls from 1.
    fn next_call(&self) -> u32 {
        let number = self.0.get_index(CALLS).wrapping_add(1);
        self.0.set_index(CALLS, number);
        number
    }
}

/// The quota before the first retry.
const RETRY_QUOTA: u32 = 500;

impl RetryQuota for Shared {
    fn get(&self) -> u32 {
        self.0.get_index(QUOTA)
    }

    fn set(&self, tokens: u32) {
        self.0.set_index(QUOTA, tokens);
    }
}
