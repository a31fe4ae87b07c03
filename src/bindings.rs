//! Owns the border to JavaScript: what is exported, and how results and errors cross. No logic lives here.
//!
//! Exported are free functions with owned arguments only: an exported class whose method is still running when
//! JavaScript calls the next one, or `free()`, hangs or corrupts.

use alloc::string::String;
use alloc::vec;

mod fetch;
mod timer;
#[cfg(feature = "trap")]
mod trap;

use js_sys::{Array, JSON};
use wasm_bindgen::prelude::*;

use crate::client;
use crate::credential_url;
use crate::error::{Error, Failure};
use crate::json::Value;
use crate::operations;
use crate::settings::Settings;
use crate::shape::{Issue, Rule};
use crate::verification;
use crate::verification_options::Options;
use crate::verifier;
use fetch::{Fold, Hooks, JsHost};

/// What a call ends with, as the facade reads it: `[0, value, …]`, `[1, error]` or `[2]` for an abort.
/// Not a rejection: an abort hands on the signal's own reason, which can be anything, an error look-alike too.
fn crossing(result: Result<Array, Failure>) -> Array {
    match result {
        Ok(values) => {
            values.unshift(&JsValue::from(0));
            values
        }
        Err(Failure::Error(error)) => Array::of2(&JsValue::from(1), &parsed(&error.to_json())),
        Err(Failure::Aborted) => Array::of1(&JsValue::from(2)),
    }
}

/// JSON text as JavaScript values; `undefined` cannot happen, since every text given here has been checked.
fn parsed(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or(JsValue::UNDEFINED)
}

/// A string argument from JavaScript, where the types promise nothing.
fn string(value: &JsValue, operation: &'static str, name: &str) -> Result<String, Failure> {
    value.as_string().ok_or_else(|| Error::invalid(operation, vec![Issue::new(name, Rule::String)]).into())
}

/// The one asynchronous export: each more would bring its own promise machinery (1 KB of brotli).
/// `verify` and `ask` are verifications, everything else is the name of an operation.
#[wasm_bindgen]
pub async fn run(
    verb: String,
    subject: JsValue,
    argument: Option<String>,
    options: String,
    settings: String,
    hooks: Hooks,
) -> Array {
    #[cfg(feature = "trap")]
    trap::at("run");
    crossing(match verb.as_str() {
        "verify" => verify(subject, options, settings, hooks).await,
        "ask" => ask(subject, argument.unwrap_or_default(), options, settings, hooks).await,
        _ => call(verb, subject, argument, settings, hooks).await,
    })
}

/// Makes one API call: `[data, status, headers, requestId, attempts, reconciled]`.
async fn call(
    operation: String,
    id: JsValue,
    body: Option<String>,
    settings: String,
    hooks: Hooks,
) -> Result<Array, Failure> {
    let operation = operations::by_name(&operation)
        .ok_or_else(|| Error::invalid("call", vec![Issue::new("operation", Rule::OneOf)]))?;
    let settings = Settings::read(operation.name, &settings)?;
    let id = match operation.id {
        Some((name, _)) if !id.is_undefined() => Some(string(&id, operation.name, name)?),
        _ => None,
    };
    let host = JsHost::new(operation.name, hooks)?;
    let answer = client::call(&host, &settings, operation, id.as_deref(), body.as_deref()).await?;
    let request_id = answer.request_id.map_or(JsValue::NULL, JsValue::from);
    let values = [
        parsed(&answer.text),
        JsValue::from(answer.status),
        host.headers(),
        request_id,
        JsValue::from(answer.attempts),
        JsValue::from(answer.reconciled),
    ];
    Ok(values.iter().collect())
}

/// Verifies with the issuer's token: `[verification]`.
async fn verify(input: JsValue, options: String, settings: String, hooks: Hooks) -> Result<Array, Failure> {
    let input = string(&input, "verify", "input")?;
    let policy = Options::read("verify", &options)?.policy;
    let settings = Settings::read("verify", &settings)?;
    let host = JsHost::new("verify", hooks)?;
    let result = verification::verify(&host, &settings, &input, &policy, Fold::name).await?;
    Ok(Array::of1(&parsed(&result.to_json(&policy))))
}

/// Asks a verifying service (`createVerifyHandler`) and believes it only where its answer holds together:
/// `[verification]`.
async fn ask(
    input: JsValue,
    endpoint: String,
    options: String,
    settings: String,
    hooks: Hooks,
) -> Result<Array, Failure> {
    let input = string(&input, "verify", "input")?;
    let policy = Options::read("verify", &options)?.policy;
    let settings = Settings::read("verify", &settings)?;
    let host = JsHost::new("verify", hooks)?;
    let text = verifier::ask(&host, &settings, &endpoint, &input, &policy).await?;
    Ok(Array::of1(&parsed(&text)))
}

/// Reads a pasted link without a network. Gives `[0, {ok, …}]`.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn parse(text: JsValue, options: String) -> Array {
    #[cfg(feature = "trap")]
    trap::at("parse");
    let result = || {
        let text = string(&text, "parseCredentialUrl", "text")?;
        let policy = Options::read("parseCredentialUrl", &options)?.policy;
        let found = credential_url::describe(&text, &policy.hosts);
        Ok(Array::of1(&parsed(&found)))
    };
    crossing(result())
}

/// The rule that a text breaks as JSON (`duplicate_key`, say), or `undefined`. For what did not come by `run`: a
/// webhook's body is judged like an answer.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn flaw(text: String) -> JsValue {
    Value::parse(&text).err().map_or(JsValue::UNDEFINED, |flaw| flaw.rule().into())
}
