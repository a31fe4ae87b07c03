//! Handles the operation on recipients. [`crate::store`] stores their records.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{body::RequestObject, documented::Refusal, state::Shared, undocumented::Undocumented};

/// `POST /v1/recipients/update`
///
/// Only fields that the account has defined change, others are documented to be ignored. Which
/// ones an account has defined cannot be asked: here it is all that begin with `custom_`.
pub(crate) async fn update(State(state): State<Shared>, body: RequestObject) -> Result<Json<Value>, Refusal> {
    let Some(email) = body.optional_text("email")? else {
        return Err(Undocumented::broken_rule("email is required"));
    };
    let changes = body.object("custom_attributes")?;
    let mut store = state.store();
    let record = store.recipient(&email).ok_or(Refusal::RecipientNotFound)?;
    record.extend(changes.into_fields().filter(|(name, _)| name.starts_with("custom_")));
    Ok(Json(json!({
        "success": true,
        "message": "Recipient details updated successfully",
    })))
}
