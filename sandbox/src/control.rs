//! Handles the `/_sandbox` routes, by which tests control and observe the sandbox.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{
    account::{Account, EmailForm, FoldEmails, GroupKeys, IssuedOn, SearchMode},
    clock,
    journal::Entry,
    script::{Script, Step},
    seed::{self, Seed},
    state::Shared,
    store::{Credential, Disguise, Group, Lifecycle, Stamp, Store, public_url, set},
};

/// Scripts may hold large bodies.
pub(crate) const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A mistake in the test, told in words.
pub(crate) struct Mistake(StatusCode, String);

impl Mistake {
    fn new(text: String) -> Self {
        Self(StatusCode::BAD_REQUEST, text)
    }
}

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        let Self(status, error) = self;
        (status, Json(json!({"error": error}))).into_response()
    }
}

/// A JSON body, whatever its content type says; an empty one counts as `{}`.
pub(crate) struct Wanted<T>(T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Wanted<T> {
    type Rejection = Mistake;

    async fn from_request(request: Request, state: &S) -> Result<Self, Mistake> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|error| Mistake(error.status(), error.body_text()))?;
        let json: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(json).map(Self).map_err(|error| Mistake::new(error.to_string()))
    }
}

/// Tells a field set to `null` from one left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

/// `GET /_sandbox/health`
pub(crate) async fn health() -> Json<Value> {
    Json(json!({"ok": true}))
}

/// Any other path outside the API.
pub(crate) async fn no_such_route() -> Mistake {
    let text = "no such route: the API is under /v1, the sandbox's controls are under /_sandbox";
    Mistake(StatusCode::NOT_FOUND, text.to_owned())
}

/// `GET /_sandbox/state`
pub(crate) async fn state(State(state): State<Shared>) -> Json<Value> {
    Json(summary(&state))
}

fn summary(state: &Shared) -> Value {
    let requests = state.journal().len();
    let store = state.store();
    let webhook = store.webhook.as_ref().map(|webhook| {
        // A client may have put the token even here.
        json!({"url": state.token.redact(&webhook.url), "events": webhook.events})
    });
    json!({
        "groups": store.groups(),
        "credentials": store.credentials(),
        "recipients": store.recipients(),
        "requests": requests,
        "balance": store.balance,
        "webhook": webhook,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    seed: Option<Seed>,
}

/// `POST /_sandbox/reset`: everything as at the start, optionally with another seed.
pub(crate) async fn reset(State(state): State<Shared>, Wanted(reset): Wanted<Reset>) -> Json<Value> {
    let seed = reset.seed.unwrap_or(state.settings.seed);
    state.reset(seed);
    Json(summary(&state))
}

/// `GET /_sandbox/samples`
pub(crate) async fn samples(State(state): State<Shared>) -> Json<Value> {
    let seed = state.store().seed;
    Json(json!(seed::samples(seed)))
}

/// `GET /_sandbox/requests`
pub(crate) async fn requests(State(state): State<Shared>) -> Json<Vec<Entry>> {
    Json(state.journal().clone())
}

/// `DELETE /_sandbox/requests`
pub(crate) async fn clear_requests(State(state): State<Shared>) -> Json<Value> {
    state.journal().clear();
    health().await
}

/// `GET /_sandbox/script`
pub(crate) async fn script(State(state): State<Shared>) -> Json<Value> {
    Json(json!(state.script().remaining()))
}

/// `POST /_sandbox/script`
pub(crate) async fn extend_script(
    State(state): State<Shared>,
    Wanted(steps): Wanted<Vec<Step>>,
) -> Result<Json<Value>, Mistake> {
    let mut script = state.script();
    script.extend(steps).map_err(Mistake::new)?;
    Ok(Json(json!({"remaining": script.remaining().len()})))
}

/// `DELETE /_sandbox/script`
pub(crate) async fn clear_script(State(state): State<Shared>) -> Json<Value> {
    *state.script() = Script::default();
    health().await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Balance {
    // Required, so that an empty body does not lift the limit by mistake.
    #[serde(deserialize_with = "Option::deserialize")]
    balance: Option<u64>,
}

/// `PUT /_sandbox/balance`
pub(crate) async fn set_balance(State(state): State<Shared>, Wanted(wanted): Wanted<Balance>) -> Json<Value> {
    state.store().balance = wanted.balance;
    Json(summary(&state))
}

/// The settings of the account that are to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    fold_emails: Option<FoldEmails>,
    email_form: Option<EmailForm>,
    search: Option<SearchMode>,
    group_keys: Option<GroupKeys>,
    issued_on: Option<IssuedOn>,
    clock_offset_s: Option<i64>,
}

/// `GET /_sandbox/account`
pub(crate) async fn account(State(state): State<Shared>) -> Json<Account> {
    Json(state.store().account)
}

/// `PUT /_sandbox/account`: changes what is given, for the requests that follow. What is stored already stays as it is.
pub(crate) async fn set_account(State(state): State<Shared>, Wanted(change): Wanted<AccountChange>) -> Json<Account> {
    let mut store = state.store();
    let account = &mut store.account;
    set(&mut account.fold_emails, change.fold_emails);
    set(&mut account.email_form, change.email_form);
    set(&mut account.search, change.search);
    set(&mut account.group_keys, change.group_keys);
    set(&mut account.issued_on, change.issued_on);
    set(&mut account.clock_offset_s, change.clock_offset_s);
    Json(*account)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupChange {
    title: Option<String>,
    description: Option<String>,
    group_code: Option<String>,
    does_expire: Option<bool>,
    validity: Option<i16>,
    allow_duplicates: Option<bool>,
}

/// `PUT /_sandbox/groups/{key}`: changes what is given, in a new group if there is none.
pub(crate) async fn set_group(
    State(state): State<Shared>,
    Path(key): Path<String>,
    Wanted(change): Wanted<GroupChange>,
) -> Json<Group> {
    let mut store = state.store();
    let mut group = store.group(&key).cloned().unwrap_or_else(|| example(&key));
    set(&mut group.title, change.title);
    set(&mut group.description, change.description);
    set(&mut group.code, change.group_code);
    set(&mut group.does_expire, change.does_expire);
    group.validity = change.validity.or(group.validity);
    set(&mut group.allow_duplicates, change.allow_duplicates);
    group.last_modified = store.now();
    store.put_group(group.clone());
    Json(group)
}

/// Every field may be set to what the API would never answer; that is what it is for.
// Left out, `null` and a value are three different wishes.
#[allow(clippy::option_option)]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CredentialChange {
    status: Option<String>,
    #[serde(default, deserialize_with = "given")]
    valid_until: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    issued_on: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    privacy: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    metadata: Option<Value>,
    recipient_name: Option<String>,
    recipient_email: Option<String>,
    group_key: Option<String>,
    group_title: Option<String>,
    document_url: Option<String>,
    #[serde(default, deserialize_with = "given")]
    document_id_in_answer: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    success_in_answer: Option<Value>,
    extra: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "given")]
    always_status: Option<Option<u16>>,
}

/// `PUT /_sandbox/credentials/{id}`: changes what is given, in a new credential if there is none.
/// The rules of drafting do not apply.
pub(crate) async fn set_credential(
    State(state): State<Shared>,
    Path(id): Path<String>,
    Wanted(change): Wanted<CredentialChange>,
) -> Result<Json<Value>, Mistake> {
    if let Some(Some(status)) = change.always_status
        && !(200..=599).contains(&status)
    {
        let text = format!("always_status must be from 200 to 599, not {status}");
        return Err(Mistake::new(text));
    }
    let mut store = state.store();
    let now = store.now();
    let mut credential = store.credential(&id, now).cloned().unwrap_or_else(|| example_credential(&id));
    credential.change(change);
    with_group(&mut store, &credential.group_key);
    store.put_credential(credential);
    let answer = store.view(&id, now);
    answer.map(Json).ok_or_else(|| Mistake::new("the sandbox cannot return this credential".to_owned()))
}

impl Credential {
    fn change(&mut self, change: CredentialChange) {
        if let Some(status) = change.status {
            self.lifecycle = Lifecycle::Fixed(status);
        }
        set(&mut self.valid_until, change.valid_until.map(Stamp::as_given));
        set(&mut self.issued_on, change.issued_on.map(Stamp::as_given));
        set(&mut self.privacy, change.privacy);
        set(&mut self.metadata, change.metadata);
        set(&mut self.recipient_name, change.recipient_name);
        set(&mut self.recipient_email, change.recipient_email);
        set(&mut self.group_key, change.group_key);
        set(&mut self.document_url, change.document_url);
        let disguise = &mut self.disguise;
        disguise.group_title = change.group_title.or(disguise.group_title.take());
        disguise.document_id = change.document_id_in_answer.or(disguise.document_id.take());
        disguise.success = change.success_in_answer.or(disguise.success.take());
        set(&mut disguise.extra, change.extra);
        set(&mut disguise.always_status, change.always_status);
    }
}

/// The group of the documentation's example, under any key.
fn example(key: &str) -> Group {
    Group::named(key, "Cloud Certification", "CC-2024", clock::now())
}

fn with_group(store: &mut Store, key: &str) {
    if store.group(key).is_none() {
        store.put_group(example(key));
    }
}

/// The credential of the documentation's example, under any id.
fn example_credential(id: &str) -> Credential {
    Credential {
        document_id: id.to_owned(),
        document_url: public_url(id),
        recipient_name: "John Doe".to_owned(),
        recipient_email: "john@example.com".to_owned(),
        group_key: "GcI6H5b66a3v".to_owned(),
        issued_on: Stamp::as_given("2024-03-15T10:30:00Z".into()),
        valid_until: Stamp::never(),
        metadata: json!({}),
        lifecycle: Lifecycle::Published,
        privacy: Some("public".to_owned()),
        disguise: Disguise::default(),
    }
}
