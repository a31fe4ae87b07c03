//! Owns the operations on credentials and what the documentation asks of their requests; how a
//! credential reads is left to [`crate::store`].

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use serde_json::{Map, Value, json};

use crate::{
    body::{RequestObject, filled},
    clock,
    documented::Refusal,
    state::Shared,
    store::{Credential, Lifecycle, Order, Store},
    undocumented::Undocumented,
};

/// The `{document_id}` of a path.
pub(crate) struct DocumentId(String);

impl<S: Send + Sync> FromRequestParts<S> for DocumentId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        // What cannot even be decoded names no credential of this account either.
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::DocumentMissing)?;
        Ok(Self(id))
    }
}

/// `POST /v1/credentials/generate`
pub(crate) async fn generate(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let answer = draft(&mut state.store(), &body)?;
    Ok(Json(answer))
}

/// `POST /v1/credential/{document_id}/publish`
pub(crate) async fn publish(State(state): State<Shared>, DocumentId(id): DocumentId) -> Result<Json<Value>, Refusal> {
    let now = clock::now();
    let due = now.saturating_add(state.settings.publish_delay).unwrap_or(now);
    let mut store = state.store();
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
pub(crate) async fn view(State(state): State<Shared>, DocumentId(id): DocumentId) -> Result<Json<Value>, Refusal> {
    let mut store = state.store();
    reachable(&mut store, &id)?;
    store.view(&id, clock::now()).map(Json).ok_or(Refusal::DocumentMissing)
}

/// The order in which the four refusals are judged is not documented.
fn draft(store: &mut Store, body: &RequestObject) -> Result<Value, Refusal> {
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
    let order = Order { group_key: &group.key, recipient_name, recipient_email, custom_attributes };
    let credential = Credential::draft(order, &group, clock::now());
    let answer = credential.draft_answer(&group);
    store.put_credential(credential);
    // Not documented: whether the draft or its publication is paid for. The balance is documented
    // to be judged at drafting, so that is where it is taken from.
    store.pay();
    Ok(answer)
}

/// Keys must begin with `custom_`; how a breach is answered is not documented, nor what becomes
/// of keys that the account has not configured. Those are kept.
fn custom_attributes(value: Option<&Value>) -> Result<Map<String, Value>, Refusal> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(attributes)) if attributes.keys().all(|key| key.starts_with("custom_")) => {
            Ok(attributes.clone())
        }
        Some(_) => Err(Undocumented::broken_rule("custom_attributes is an object whose keys begin with custom_")),
    }
}

/// The credential, unless it is missing or the control API has made it unreachable.
fn reachable<'a>(store: &'a mut Store, id: &str) -> Result<&'a mut Credential, Refusal> {
    let credential = store.credential(id, clock::now()).ok_or(Refusal::DocumentMissing)?;
    let forced = credential.disguise.always_status.and_then(|status| StatusCode::from_u16(status).ok());
    match forced {
        None => Ok(credential),
        Some(status) => Err(Undocumented::new(status, "this credential always answers so").into()),
    }
}
