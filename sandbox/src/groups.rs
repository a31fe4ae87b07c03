//! Handles the operations on credential groups and validates their requests. [`crate::store`] stores the groups.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    body::{RequestObject, filled, whole},
    clock::MOST_YEARS,
    documented::Refusal,
    key::Key,
    paging::Page,
    state::Shared,
    store::{Group, random_alphanumerics, set},
    undocumented::Undocumented,
};

/// `POST /v1/groups/new`
pub(crate) async fn create(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let (Some(title), Some(description)) = (body.text("title"), body.text("description")) else {
        return Err(Refusal::MissingTitleDescription);
    };
    // "Auto-generated if not provided"; the form of the generated code is not documented.
    let code = random_alphanumerics(6).to_ascii_uppercase();
    let mut group = Group::new(&random_alphanumerics(12), title, description, &code, state.store().now());
    change(&mut group, &body)?;
    let group_key = group.key.clone();
    state.store().put_group(group);
    Ok(Json(json!({"success": true, "group_key": group_key})))
}

/// `GET /v1/group/view/{group_key}`
pub(crate) async fn view(State(state): State<Shared>, Key(key): Key) -> Result<Json<Value>, Refusal> {
    let store = state.store();
    let group = store.group(&key).ok_or(Refusal::GroupNotFound)?;
    Ok(Json(group.view_answer()))
}

/// `POST /v1/group/update/{group_key}`: "only supplied fields change". As everywhere here, blank
/// texts count as not supplied.
pub(crate) async fn update(
    State(state): State<Shared>,
    Key(key): Key,
    body: RequestObject,
) -> Result<Json<Value>, Refusal> {
    let mut store = state.store();
    // A copy, so that a refusal changes nothing.
    let mut group = store.group(&key).cloned().ok_or(Refusal::GroupNotFound)?;
    change(&mut group, &body)?;
    group.last_modified = store.now();
    store.put_group(group);
    Ok(Json(json!({"success": true})))
}

/// `POST /v1/groups/all`
///
/// Known from a third party only, which does not show the service's own answer. This one has the
/// form of a search; the true names of its keys may be others.
pub(crate) async fn all(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    list(&state, &body, |_| true)
}

/// `POST /v1/groups/search`; without a keyword it finds everything.
pub(crate) async fn search(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let keyword = body.optional_text("keyword")?.or(body.optional_text("title")?).unwrap_or_default().to_lowercase();
    let strict = body.optional_flag("strict")?.unwrap_or_default();
    list(&state, &body, |group| finds(&keyword, strict, &group.title.to_lowercase()))
}

/// Not documented: whether the case of letters counts. It does not.
fn finds(keyword: &str, strict: bool, title: &str) -> bool {
    let keyword = keyword.trim();
    let mut words = keyword.split_whitespace();
    if strict { title.contains(keyword) } else { keyword.is_empty() || words.any(|word| title.contains(word)) }
}

fn list(state: &Shared, body: &RequestObject, wanted: impl Fn(&Group) -> bool) -> Result<Json<Value>, Refusal> {
    let page = Page::asked(body, state.settings.max_page_size)?;
    let found = state.store().list_groups(wanted);
    Ok(Json(page.of("groups", found)))
}

/// Sets what the request supplies. All these rules are documented, but none of the answers to a
/// breach: the one 400 body there is is for a missing title or description at creation.
fn change(group: &mut Group, body: &RequestObject) -> Result<(), Refusal> {
    set(&mut group.title, body.optional_text("title")?);
    set(&mut group.description, body.optional_text("description")?);
    set(&mut group.certificate_template, body.optional_text("certificate_template")?.map(Some));
    set(&mut group.badge_template, body.optional_text("badge_template")?.map(Some));
    if group.certificate_template.is_none() && group.badge_template.is_none() {
        return Err(Undocumented::broken_rule("at least one of certificate_template and badge_template is required"));
    }
    set(&mut group.url, body.optional_text("url")?.map(Some));
    set(&mut group.tags, body.get("tags").map(tags).transpose()?);
    let code = body.optional_text("group_code")?;
    if !code.as_deref().is_none_or(is_group_code) {
        return Err(Undocumented::broken_rule("group_code may contain only letters, digits, hyphens and spaces"));
    }
    set(&mut group.code, code);
    let does_expire = body.optional_flag("does_expire")?;
    let validity = body.get("validity").map(years).transpose()?;
    // Documented for changes too, and without a word on a validity that the group already has.
    if does_expire == Some(true) && validity.is_none() {
        return Err(Undocumented::broken_rule("validity is required when does_expire is true"));
    }
    set(&mut group.does_expire, does_expire);
    set(&mut group.validity, validity.map(Some));
    set(&mut group.blockchain, body.optional_flag("blockchain")?);
    Ok(())
}

/// "Alphanumeric, hyphens, and spaces only." Read as ASCII, as in every example.
fn is_group_code(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '))
}

fn years(value: &Value) -> Result<i16, Refusal> {
    whole(value)
        .and_then(|years| i16::try_from(years).ok())
        .filter(|years| (1..=MOST_YEARS).contains(years))
        .ok_or_else(|| Undocumented::broken_rule("validity must be a whole number of years, at least 1"))
}

fn tags(value: &Value) -> Result<Vec<String>, Refusal> {
    value
        .as_array()
        .and_then(|tags| tags.iter().map(|tag| filled(tag).map(str::to_owned)).collect())
        .ok_or_else(|| Undocumented::broken_rule("tags must be an array of strings"))
}
