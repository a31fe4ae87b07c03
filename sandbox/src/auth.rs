//! Checks the API token and keeps it out of everything that the sandbox writes. [`crate::routes`] says which routes
//! need it.

use std::io;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header::AUTHORIZATION},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use crate::{documented::Refusal, state::Shared};

/// The one token of the one organisation. It has no `Debug` on purpose.
pub(crate) struct Token(String);

impl Token {
    /// Refuses what could not travel in a header or would match everything.
    pub(crate) fn new(text: String) -> io::Result<Self> {
        if text.trim().is_empty() || HeaderValue::from_str(&text).is_err() {
            let error = "the token must be visible characters that fit into a header";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
        }
        Ok(Self(text))
    }

    /// The documented form is `Authorization: Bearer <token>`, and nothing else is accepted.
    pub(crate) fn opens(&self, headers: &HeaderMap) -> bool {
        headers
            .get(AUTHORIZATION)
            .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "))
            .is_some_and(|token| token == self.0.as_bytes())
    }

    /// The text with every trace of the token taken out.
    pub(crate) fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[token]")
    }
}

/// Lets only requests with the token through.
///
/// Not documented: whether the token or the path is judged first. Here a stranger learns nothing
/// but that the token is missing.
pub(crate) async fn demand_token(State(state): State<Shared>, request: Request, next: Next) -> Response {
    if state.token.opens(request.headers()) { next.run(request).await } else { Refusal::InvalidToken.into_response() }
}

/// `POST /v1/auth`: the organisation of the documentation's example. No body is asked for, and
/// none is read.
pub(crate) async fn authenticate() -> Json<Value> {
    Json(json!({
        "success": true,
        "message": "Authentication Successful",
        "account_name": "Acme Corp",
        "account_id": "acme-corp",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(value: &str) -> HeaderMap {
        [(AUTHORIZATION, value.parse().unwrap())].into_iter().collect()
    }

    #[test]
    fn only_the_documented_form_opens() {
        let token = Token::new("secret".into()).unwrap();
        assert!(token.opens(&headers("Bearer secret")));
        for wrong in ["secret", "Bearer", "Bearer ", "Bearer secret2", "Bearer  secret", "Token secret"] {
            assert!(!token.opens(&headers(wrong)), "{wrong}");
        }
        assert!(!token.opens(&HeaderMap::new()));
    }

    #[test]
    fn a_token_that_cannot_travel_is_refused() {
        for wrong in ["", "  ", "a\nb"] {
            assert!(Token::new(wrong.into()).is_err(), "{wrong:?}");
        }
    }
}
