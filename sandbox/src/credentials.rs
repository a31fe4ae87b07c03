//! Handles the operations on credentials and validates their requests. [`crate::store`] says how a credential is
//! written.

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    body::{RequestObject, filled, whole},
    credential_search::Search,
    documented::Refusal,
    key::Key,
    paging::Page,
    state::Shared,
    store::{Credential, Lifecycle, Order, Stamp, Store},
    undocumented::Undocumented,
};

/// `POST /v1/credentials/generate`
pub(crate) async fn generate(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    make(&mut state.store(), &body, Lifecycle::Draft).map(Json)
}

/// `POST /v1/credentials/new`, and its older path `POST /v1/credential/issue`
///
/// Only the names of its refusals are documented. They are those of drafting, so the bodies are
/// taken to be the same. That the older path answers the same is not documented either.
///
/// Unlike a later publication, this one is not said to be queued: it takes effect at once.
pub(crate) async fn issue(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    make(&mut state.store(), &body, Lifecycle::Published).map(Json)
}

/// `POST /v1/credential/{document_id}/publish`
pub(crate) async fn publish(State(state): State<Shared>, Key(id): Key) -> Result<Json<Value>, Refusal> {
    let mut store = state.store();
    let now = store.now();
    let due = now.saturating_add(state.settings.publish_delay).unwrap_or(now);
    let credential = reachable(&mut store, &id)?;
    if !credential.is_draft() {
        return Err(Refusal::InvalidStatus);
    }
    credential.lifecycle = Lifecycle::Queued { due };
    Ok(Json(json!({
        "success": true,
        "message": "Credential published successfully",
    })))
}

/// `GET /v1/credential/{document_id}/view`
pub(crate) async fn view(State(state): State<Shared>, Key(id): Key) -> Result<Json<Value>, Refusal> {
    let mut store = state.store();
    reachable(&mut store, &id)?;
    let now = store.now();
    store.view(&id, now).map(Json).ok_or(Refusal::DocumentMissing)
}

/// `POST /v1/credential/{document_id}/update`
///
/// Without `expiry`, or with `null`, the credential lasts for ever; that is documented.
pub(crate) async fn update(
    State(state): State<Shared>,
    Key(id): Key,
    body: RequestObject,
) -> Result<Json<Value>, Refusal> {
    let mut store = state.store();
    let credential = reachable(&mut store, &id)?;
    let expiry = body.get("expiry").filter(|expiry| !expiry.is_null());
    credential.valid_until = expiry.map(unix_seconds).transpose()?.map_or_else(Stamp::never, Stamp::from);
    Ok(Json(json!({"success": true})))
}

/// `POST /v1/credentials/all`
pub(crate) async fn all(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    list(&state, &body, |_| true)
}

/// `POST /v1/credentials/search`; an empty body finds everything.
pub(crate) async fn search(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let search = Search::asked(&body)?;
    let account = state.store().account;
    list(&state, &body, |credential| search.finds(credential, account))
}

/// Lists also hold what the control API has made unreachable by its own key.
fn list(state: &Shared, body: &RequestObject, wanted: impl Fn(&Credential) -> bool) -> Result<Json<Value>, Refusal> {
    let page = Page::asked(body, state.settings.max_page_size)?;
    let mut store = state.store();
    let now = store.now();
    let found = store.list(now, wanted);
    Ok(Json(page.of("credentials", found)))
}

/// Not documented: which numbers are refused. Here it is those that are no whole seconds, lie
/// before 1970 or have no four-digit year, which milliseconds do not.
fn unix_seconds(value: &Value) -> Result<Timestamp, Refusal> {
    whole(value)
        .and_then(|seconds| i64::try_from(seconds).ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| Undocumented::broken_rule("expiry must be a Unix time in whole seconds, up to the year 9999"))
}

/// The order in which the four refusals are judged is not documented.
fn make(store: &mut Store, body: &RequestObject, lifecycle: Lifecycle) -> Result<Value, Refusal> {
    let recipient = body.get("recipient").and_then(Value::as_object);
    let of_recipient = |name| recipient.and_then(|fields| filled(fields.get(name)?));
    let (Some(recipient_name), Some(recipient_email)) = (of_recipient("name"), of_recipient("email")) else {
        return Err(Refusal::MissingRecipient);
    };
    let custom_attributes = custom_attributes(body.get("custom_attributes"))?;
    // Not documented: how a missing key is answered. It names no group either.
    let group = body.text("group_key").and_then(|key| store.group(key)).cloned().ok_or(Refusal::GroupNotFound)?;
    if !store.can_pay() {
        return Err(Refusal::LowBalance);
    }
    // "To overwrite, set duplication to true": whether that replaces the older credential or adds
    // another is not documented. It adds.
    if !group.allow_duplicates && store.has_credential_for(recipient_email, &group.key) {
        return Err(Refusal::CredentialExists);
    }
    let order = Order { recipient_name, recipient_email, custom_attributes };
    let credential = Credential::new(order, &group, lifecycle, store.now(), store.account);
    let answer = credential.creation_answer(&group);
    store.put_credential(credential);
    // Not documented: whether a draft or its publication is paid for. The balance is documented
    // to be judged at drafting, so that is where it is taken from.
    store.pay();
    Ok(answer)
}

/// Keys must begin with `custom_`; how a breach is answered is not documented, nor what becomes
/// of keys that the account has not configured. Those are kept.
pub(crate) fn custom_attributes(value: Option<&Value>) -> Result<Map<String, Value>, Refusal> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(attributes)) if attributes.keys().all(|key| key.starts_with("custom_")) => {
            Ok(attributes.clone())
        }
        Some(_) => Err(Undocumented::broken_rule("custom_attributes must be an object whose keys begin with custom_")),
    }
}

/// The credential, unless it is missing or the control API has made it unreachable.
fn reachable<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Credential, Refusal> {
    let now = store.now();
    let credential = store.credential(id, now).ok_or(Refusal::DocumentMissing)?;
    let forced = credential.disguise.always_status.and_then(|status| StatusCode::from_u16(status).ok());
    match forced {
        None => Ok(credential),
        Some(status) => Err(Undocumented::new(status, "this credential always returns this status").into()),
    }
}
