//! The exported functions in a browser: its fetch, its timers, its signals.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by it"
)]

mod calls;
mod foreign_values;
mod local;
#[cfg(feature = "sandbox")]
mod sandbox;
mod support;

use js_sys::Object;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test_configure;

use crate::{credentials, groups, verification};
use support::{ID, from_json, get, set, to_json};

wasm_bindgen_test_configure!(run_in_browser);

const TOKEN: &str = "wasm-test-token";

fn link(id: &str) -> String {
    format!("https://hyperstack.id/credential/{id}")
}

/// What a call is made with: a custom `fetch`, a signal, a token.
#[derive(Clone)]
struct Given {
    fetch: JsValue,
    signal: JsValue,
    token: &'static str,
}

fn plain() -> Given {
    Given { fetch: JsValue::UNDEFINED, signal: JsValue::UNDEFINED, token: TOKEN }
}

/// The configuration of a client with these settings.
fn config(settings: &Value, given: &Given) -> JsValue {
    let config = from_json(settings);
    set(&config, "token", &given.token.into());
    if !given.fetch.is_undefined() {
        set(&config, "fetch", &given.fetch);
    }
    config
}

/// How a call ended.
#[derive(Debug)]
enum Ended {
    /// With `data`, `status`, `attempts` and `reconciled`, or with a verification.
    Resolved(Value),
    /// With the fields of an error.
    Failed(Value),
    /// With the reason of the signal.
    Aborted,
}

impl Ended {
    fn of(result: Result<JsValue, JsValue>, signal: &JsValue) -> Self {
        let thrown = match result {
            Ok(value) => return Self::Resolved(to_json(&value)),
            Err(thrown) => thrown,
        };
        if !signal.is_undefined() && Object::is(&thrown, &get(signal, "reason")) {
            return Self::Aborted;
        }
        assert!(thrown.is_instance_of::<js_sys::Error>(), "{thrown:?}");
        let mut fields = to_json(&thrown);
        fields["message"] = to_json(&get(&thrown, "message"));
        Self::Failed(fields)
    }

    fn resolved(self) -> Value {
        match self {
            Self::Resolved(value) => value,
            other => panic!("{other:?}"),
        }
    }

    fn failed(self) -> Value {
        match self {
            Self::Failed(fields) => fields,
            other => panic!("{other:?}"),
        }
    }

    /// `Class code status attempts` of an error.
    fn refusal(self) -> String {
        let error = self.failed();
        let text = |name: &str| error[name].as_str().unwrap().to_owned();
        assert!(text("message").starts_with(&text("operation")), "{error}");
        let status = error["status"].as_u64().map_or("-".to_owned(), |status| status.to_string());
        format!("{} {} {status} {}", text("name"), text("code"), error["attempts"])
    }
}

/// Calls an operation.
async fn call(operation: &str, id: Option<&str>, body: Option<Value>, settings: Value, given: Given) -> Ended {
    let config = config(&settings, &given);
    let id = id.map_or(JsValue::UNDEFINED, JsValue::from_str);
    let body = body.map_or(JsValue::UNDEFINED, |body| from_json(&body));
    let options = JsValue::from(Object::new());
    set(&options, "signal", &given.signal);
    let result = match operation {
        "groups.create" => groups::create_group(config, body, options).await,
        "credentials.generate" => credentials::generate_credential(config, body, options).await,
        "credentials.publish" => credentials::publish_credential(config, id, options).await,
        "credentials.view" => credentials::view_credential(config, id, options).await,
        "verify" => verification::verify(config, id, options).await,
        other => panic!("{other}"),
    };
    Ended::of(result, &given.signal)
}
