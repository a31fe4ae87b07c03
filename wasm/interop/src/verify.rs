//! The calls that verify: with the token, through a verify service, and local parsing of a link.

use hyperstack_credentials::Error;
use hyperstack_credentials::json;
use hyperstack_credentials::model::NameToCompare;
use hyperstack_credentials::validate::{FromValue, Issues, Members, Path, Rule};
use hyperstack_credentials::verify::{
    ParsedLink, Policy, RemoteConfig, RemoteVerification, read_hosts, verify, verify_remote,
};
use js_sys::JSON;
use wasm_bindgen::prelude::*;

use crate::arguments::{parse_json, read_text};
use crate::call::{Call, Guard, InFlight, ended, internal};
use crate::error;
use crate::options::Options;
use crate::transport::CallTransport;

const VERIFY: &str = "verify";
const PARSE: &str = "parseCredentialUrl";

/// Verifies a credential link or id with the account's token.
///
/// The call rejects as those of the API; a wrong argument is not reported as an event.
pub fn call_verify(config: &JsValue, input: &JsValue, options: &JsValue) -> InFlight {
    let mut issues = Issues::default();
    let input = read_string(input, "input", &mut issues);
    let Call { client, options, more: policy, guard } = match Call::read(VERIFY, config, options, issues, Policy::read)
    {
        Ok(call) => call,
        Err(refused) => return ended(Err(refused.thrown)),
    };
    guard.run(async move {
        let report = verify(&client, &input, &policy, &options).await;
        JSON::parse(&json::to_string(&report.map_err(|error| error::to_js(&error))?))
    })
}

/// Verifies a credential link or id through a verify service.
///
/// The call rejects with an `Error` with the fields of the error, or with the reason of the caller's signal.
pub fn call_remote(config: &JsValue, input: &JsValue, options: &JsValue) -> InFlight {
    begin_remote(config, input, options).unwrap_or_else(|thrown| ended(Err(thrown)))
}

fn begin_remote(config: &JsValue, input: &JsValue, options: &JsValue) -> Result<InFlight, JsValue> {
    let mut issues = Issues::default();
    let input = read_string(input, "input", &mut issues);
    let mut config = Options::read(config, &["fetch"], &mut issues);
    let fetch = config.take_function("fetch", &mut issues);
    let config = RemoteConfig::from_value(Some(&config.rest), &Path::Root, &mut issues);
    let (mut guard, on_attempt, rest) = Guard::read(options, &mut issues);
    let name = |issues| {
        let mut members = Members::of(Some(&rest), &Path::Root, issues)?;
        let name = members.read::<Option<NameToCompare>>("recipientName");
        members.refuse_unknown();
        name
    };
    let name = name(&mut issues);
    if !issues.is_empty() {
        return Err(error::to_js(&Error::validation(VERIFY, issues.into_vec())));
    }
    guard.check()?;
    let (Some(config), Some(name)) = (config, name) else { return Err(internal(VERIFY)) };
    guard.limit_ms = config.timeout_ms;
    let transport = CallTransport::new(fetch, on_attempt);
    Ok(guard.run(async move {
        let name = name.as_ref().map(NameToCompare::as_str);
        match verify_remote(&transport, &config, &input, name, parse_json).await {
            // The service's report is handed on whole: it may have members that this version does not know.
            Ok(RemoteVerification::Service(text)) => JSON::parse(&text),
            Ok(RemoteVerification::Local(report)) => JSON::parse(&json::to_string(&report)),
            Err(error) => Err(error::to_js(&error)),
        }
    }))
}

/// Parses a pasted link or id.
///
/// # Errors
/// A `ValidationError` for options that are wrong or a text that is not a string.
pub fn parse_link(text: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let mut issues = Issues::default();
    let text = read_string(text, "text", &mut issues);
    let Options { rest, .. } = Options::read(options, &[], &mut issues);
    let hosts = |issues| {
        let mut members = Members::of(Some(&rest), &Path::Root, issues)?;
        let hosts = read_hosts(&mut members);
        members.refuse_unknown();
        hosts
    };
    let hosts = hosts(&mut issues);
    if !issues.is_empty() {
        return Err(error::to_js(&Error::validation(PARSE, issues.into_vec())));
    }
    let hosts = hosts.ok_or_else(|| internal(PARSE))?;
    #[cfg(feature = "trap")]
    crate::trap::at("parse");
    JSON::parse(&json::to_string(&ParsedLink::parse(&text, &hosts)))
}

/// Reads a string that must be there.
fn read_string(value: &JsValue, name: &str, issues: &mut Issues) -> String {
    let text = read_text(value);
    issues.require(text.is_some(), &Path::Member(&Path::Root, name), Rule::String);
    text.unwrap_or_default()
}
