//! Reads the key in a path. Each operation decides the response to an unknown key.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

/// The key of a credential or a group, from the path.
pub(crate) struct Key(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        // What cannot even be decoded names nothing of this account; nor does the empty key.
        let key = Path::<String>::from_request_parts(parts, state).await.map(|Path(key)| key);
        Ok(Self(key.unwrap_or_default()))
    }
}
