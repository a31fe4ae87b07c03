//! Defines our own error responses for what the documentation does not describe. They begin with `Sandbox:`, so that
//! nobody takes them for the vendor's text, and have no `error_code`, because none is documented.

use std::borrow::Cow;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::documented::Refusal;

/// An answer of our own making.
#[derive(Debug)]
pub(crate) struct Undocumented {
    status: StatusCode,
    error: Cow<'static, str>,
}

impl Undocumented {
    pub(crate) fn new(status: StatusCode, error: impl Into<Cow<'static, str>>) -> Self {
        let error = error.into();
        Self { status, error }
    }

    /// A rule the documentation states without saying how a breach of it is answered.
    pub(crate) fn broken_rule(rule: impl Into<Cow<'static, str>>) -> Refusal {
        Self::new(StatusCode::BAD_REQUEST, rule).into()
    }
}

impl From<Undocumented> for Refusal {
    fn from(answer: Undocumented) -> Self {
        Self::Undocumented(answer)
    }
}

impl IntoResponse for Undocumented {
    fn into_response(self) -> Response {
        let error = format!("Sandbox: {}", self.error);
        (self.status, Json(json!({"success": false, "error": error}))).into_response()
    }
}
