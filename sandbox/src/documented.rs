//! Defines the error responses whose bodies are documented, byte for byte. [`crate::undocumented`] has the others.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::undocumented::Undocumented;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// 401, the same on every operation.
    InvalidToken,
    /// 400 on group creation.
    MissingTitleDescription,
    /// 400 on drafting and issuing.
    MissingRecipient,
    /// 404 on drafting and issuing; on viewing and changing a group the documentation has no body
    /// for a key that is unknown, and this one is inferred.
    GroupNotFound,
    /// 402 on drafting and issuing.
    LowBalance,
    /// 409 on drafting and issuing.
    CredentialExists,
    /// 400 on publishing.
    InvalidStatus,
    /// 404 of every operation on one credential.
    DocumentMissing,
    /// 200 on changing a recipient: the one failure that the status does not tell.
    RecipientNotFound,
    /// 400 on subscribing.
    MissingUrlEvent,
    /// 400 on subscribing.
    InvalidEvent,
    /// 400 on subscribing.
    InvalidUrl,
    /// Anything the documentation is silent about.
    Undocumented(Undocumented),
}

/// The only failure body without `success`, `error` and `error_code`.
#[derive(Serialize)]
struct Detail {
    detail: &'static str,
}

#[derive(Serialize)]
struct Failure {
    success: bool,
    error: &'static str,
    // A missing credential is answered without a code, unlike a missing group.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'static str>,
}

fn failure(status: StatusCode, error: &'static str, error_code: Option<&'static str>) -> Response {
    let body = Failure { success: false, error, error_code };
    (status, Json(body)).into_response()
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::InvalidToken => {
                let body = Detail { detail: "Invalid token or organization not found" };
                (StatusCode::UNAUTHORIZED, Json(body)).into_response()
            }
            Self::MissingTitleDescription => failure(
                StatusCode::BAD_REQUEST,
                "Title and Description are required",
                Some("missing_title_description"),
            ),
            Self::MissingRecipient => {
                failure(StatusCode::BAD_REQUEST, "Recipient Name and Email are required", Some("missing_recipient"))
            }
            Self::GroupNotFound => failure(StatusCode::NOT_FOUND, "Group Not Found", Some("group_not_found")),
            Self::LowBalance => failure(StatusCode::PAYMENT_REQUIRED, "Low balance", Some("low_balance")),
            Self::CredentialExists => failure(
                StatusCode::CONFLICT,
                "Credential already exists for this recipient, to overwrite, set duplication to \
                 true in group settings.",
                Some("credential_exists"),
            ),
            Self::InvalidStatus => {
                failure(StatusCode::BAD_REQUEST, "Credential is not in draft status", Some("invalid_status"))
            }
            // The grammar is the vendor's.
            Self::DocumentMissing => failure(StatusCode::NOT_FOUND, "Document does not exists in your account", None),
            Self::RecipientNotFound => failure(StatusCode::OK, "Recipient Not Found", Some("recipient_not_found")),
            Self::MissingUrlEvent => {
                failure(StatusCode::BAD_REQUEST, "URL and Event(s) are required", Some("missing_url_event"))
            }
            Self::InvalidEvent => failure(StatusCode::BAD_REQUEST, "Invalid Event(s)", Some("invalid_event")),
            // There is an `error_code`, but the copy of the documentation breaks off before it.
            Self::InvalidUrl => failure(StatusCode::BAD_REQUEST, "Invalid URL", None),
            Self::Undocumented(answer) => answer.into_response(),
        }
    }
}
