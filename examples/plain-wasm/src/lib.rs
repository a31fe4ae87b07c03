//! A wasm module that issues a credential and verifies links, with the Rust API of `hyperstack-credentials`.
//!
//! `wasm-pack build --target web examples/plain-wasm` makes a package of it. Its functions are the ones below and no others:
//! the library exports nothing to JavaScript.
#![cfg(target_arch = "wasm32")]

use hyperstack_credentials::api::IssueCredential;
use hyperstack_credentials::client::{CallOptions, Client, ClientConfig};
use hyperstack_credentials::model::{EmailAddress, GroupKey, NewCredential, NewRecipient, PersonName, Token};
use hyperstack_credentials::transport::fetch::FetchTransport;
use hyperstack_credentials::verify::{Policy, verify};
use hyperstack_credentials::{Error, validate::Rule};
use wasm_bindgen::prelude::*;

/// Issues a credential and returns its public link.
#[wasm_bindgen]
pub async fn issue(token: String, group_key: String, name: String, email: String) -> Result<String, JsValue> {
    let credential = new_credential(group_key, name, email).map_err(|rule| JsValue::from_str(rule.message()))?;
    let issued = client(token)?.send(IssueCredential(credential)).await.map_err(show)?;
    Ok(issued.document_url)
}

/// Returns what the issuer's account says about a link: `valid`, `revoked`, `expired`, …
#[wasm_bindgen]
pub async fn verdict(token: String, link: String) -> Result<String, JsValue> {
    let report = verify(&client(token)?, &link, &Policy::default(), &CallOptions::default()).await.map_err(show)?;
    Ok(report.verdict.as_str().to_owned())
}

fn client(token: String) -> Result<Client<FetchTransport>, JsValue> {
    let token = Token::parse(token).map_err(|rule| JsValue::from_str(rule.message()))?;
    Ok(Client::new(FetchTransport::new(), ClientConfig::new(token)))
}

fn new_credential(group_key: String, name: String, email: String) -> Result<NewCredential, Rule> {
    Ok(NewCredential {
        group_key: GroupKey::parse(group_key)?,
        recipient: NewRecipient { name: PersonName::parse(name)?, email: EmailAddress::parse(email)? },
        custom_attributes: None,
    })
}

#[allow(clippy::needless_pass_by_value, reason = "map_err passes values")]
fn show(error: Error) -> JsValue {
    JsValue::from_str(&error.message)
}
