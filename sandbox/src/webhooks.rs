//! Handles the operations on the organisation's one webhook.
//!
//! Nothing is ever sent to it: what a delivery looks like is not documented.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    body::{RequestObject, filled},
    documented::Refusal,
    state::Shared,
    store::Webhook,
};

/// The only event there is.
const ISSUED: &str = "credential.issued";

/// `POST /v1/webhook/subscribe`: puts itself in the place of an earlier subscription.
pub(crate) async fn subscribe(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let webhook = judge(&body)?;
    state.store().webhook = Some(webhook);
    Ok(Json(json!({
        "success": true,
        "message": "Webhook updated successfully",
    })))
}

/// `POST /v1/webhook/unsubscribe`
///
/// Known from a third party only, which names the two keys, but not the message. What is answered
/// without a subscription is not documented either: it is the same.
pub(crate) async fn unsubscribe(State(state): State<Shared>) -> Json<Value> {
    state.store().webhook = None;
    Json(json!({
        "success": true,
        "message": "Sandbox: there is no webhook now",
    }))
}

/// The order in which the three refusals are judged is not documented. An empty list of events, or
/// `null`, is taken for a missing one, and what is no list of texts for invalid events.
fn judge(body: &RequestObject) -> Result<Webhook, Refusal> {
    let is_missing = |events: &Value| events.is_null() || events.as_array().is_some_and(Vec::is_empty);
    let events = body.get("events").filter(|events| !is_missing(events));
    let (Some(url), Some(events)) = (body.text("url"), events) else {
        return Err(Refusal::MissingUrlEvent);
    };
    let events: Vec<String> = events
        .as_array()
        .and_then(|events| events.iter().map(|event| filled(event).map(str::to_owned)).collect())
        .filter(|events: &Vec<String>| events.iter().all(|event| event == ISSUED))
        .ok_or(Refusal::InvalidEvent)?;
    if !has_documented_beginning(url) {
        return Err(Refusal::InvalidUrl);
    }
    Ok(Webhook { url: url.to_owned(), events })
}

/// The one documented rule; something has to follow.
fn has_documented_beginning(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}
