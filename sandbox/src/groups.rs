//! Owns the operations on credential groups and what the documentation asks of their requests;
//! keeping the groups is left to [`crate::store`].

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    body::{RequestObject, filled},
    clock::MOST_YEARS,
    documented::Refusal,
    state::Shared,
    store::{Group, random_alphanumerics},
    undocumented::Undocumented,
};

/// `POST /v1/groups/new`
pub(crate) async fn create(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let group = judge(&body)?;
    let group_key = group.key.clone();
    state.store().put_group(group);
    Ok(Json(json!({"success": true, "group_key": group_key})))
}

/// The documentation gives one 400 body only, for a missing title or description. Its other rules
/// are kept too, with answers of our own, because how the service answers a breach is not said.
fn judge(body: &RequestObject) -> Result<Group, Refusal> {
    let (Some(title), Some(description)) = (body.text("title"), body.text("description")) else {
        return Err(Refusal::MissingTitleDescription);
    };
    let certificate_template = body.optional_text("certificate_template")?;
    let badge_template = body.optional_text("badge_template")?;
    if certificate_template.is_none() && badge_template.is_none() {
        return Err(Undocumented::broken_rule("at least one of certificate_template and badge_template is required"));
    }
    let code = match body.optional_text("group_code")? {
        Some(code) if is_group_code(&code) => code,
        Some(_) => {
            return Err(Undocumented::broken_rule("group_code may hold letters, digits, hyphens and spaces only"));
        }
        // "Auto-generated if not provided"; the form of the generated code is not documented.
        None => random_alphanumerics(6).to_ascii_uppercase(),
    };
    let does_expire = body.optional_flag("does_expire")?.unwrap_or_default();
    let validity = body.get("validity").map(years).transpose()?;
    if does_expire && validity.is_none() {
        return Err(Undocumented::broken_rule("validity is required with does_expire"));
    }
    Ok(Group {
        key: random_alphanumerics(12),
        title: title.to_owned(),
        description: description.to_owned(),
        certificate_template,
        badge_template,
        url: body.optional_text("url")?,
        tags: body.get("tags").map(tags).transpose()?.unwrap_or_default(),
        code,
        does_expire,
        validity,
        blockchain: body.optional_flag("blockchain")?.unwrap_or_default(),
        allow_duplicates: false,
    })
}

/// "Alphanumeric, hyphens, and spaces only." Read as ASCII, as in every example.
fn is_group_code(code: &str) -> bool {
    code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '))
}

fn years(value: &Value) -> Result<i16, Refusal> {
    value
        .as_i64()
        .and_then(|years| i16::try_from(years).ok())
        .filter(|years| (1..=MOST_YEARS).contains(years))
        .ok_or_else(|| Undocumented::broken_rule("validity is a whole number of years, at least 1"))
}

fn tags(value: &Value) -> Result<Vec<String>, Refusal> {
    value
        .as_array()
        .and_then(|tags| tags.iter().map(|tag| filled(tag).map(str::to_owned)).collect())
        .ok_or_else(|| Undocumented::broken_rule("tags is an array of strings"))
}
