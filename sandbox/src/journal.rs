//! Records the requests that the API receives, for tests to read. [`crate::log`] writes the lines for people.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
    },
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use serde_json::Value;

use crate::{auth::Token, body::MOST_BYTES, state::Shared, undocumented::Undocumented};

/// One request as it arrived. The token is in none of these fields, wherever the client put it.
#[derive(Clone, Serialize)]
pub(crate) struct Entry {
    method: String,
    path: String,
    authorized: bool,
    content_type: Option<String>,
    accept: Option<String>,
    /// In lower case, as they arrived; no values, one of them is the token.
    header_names: Vec<String>,
    /// The JSON of the body, its text where it is not JSON, `null` where there is none.
    body: Value,
}

impl Entry {
    fn new(token: &Token, request: &Request, body: &[u8]) -> Self {
        let headers = request.headers();
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let text = token.redact(&String::from_utf8_lossy(body));
        Self {
            method: request.method().to_string(),
            path: token.redact(path),
            authorized: token.opens(headers),
            content_type: header(token, headers, &CONTENT_TYPE),
            accept: header(token, headers, &ACCEPT),
            header_names: headers.keys().map(|name| token.redact(name.as_str())).collect(),
            body: match serde_json::from_str(&text) {
                Ok(json) => json,
                Err(_) if text.is_empty() => Value::Null,
                Err(_) => Value::String(text),
            },
        }
    }
}

fn header(token: &Token, headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(token.redact(&String::from_utf8_lossy(value.as_bytes())))
}

/// Records every request before anything judges it.
pub(crate) async fn record(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MOST_BYTES).await else {
        // Not documented. A client that goes away while sending does not see this either.
        let error = "the body could not be read or is too large";
        return Undocumented::new(StatusCode::PAYLOAD_TOO_LARGE, error).into_response();
    };
    let request = Request::from_parts(parts, Body::from(bytes.clone()));
    let entry = Entry::new(&state.token, &request, &bytes);
    state.journal().push(entry);
    next.run(request).await
}
