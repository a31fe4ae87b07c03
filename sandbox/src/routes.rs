//! Owns which request goes to which handler and through which layers; what a handler answers is
//! left to the module of its resource.

use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    middleware::{from_fn_with_state, map_response},
    routing::{get, post},
};

use crate::{
    auth, cors, credentials, faults, groups, journal, log, state::Shared,
    undocumented::Undocumented,
};

/// The API as documented. A further operation is a handler in its resource's module and a line
/// here.
pub(crate) fn api(state: &Shared) -> Router {
    let router = Router::new()
        .route("/v1/groups/new", post(groups::create))
        .route("/v1/credentials/generate", post(credentials::generate))
        .route(
            "/v1/credential/{document_id}/publish",
            post(credentials::publish),
        )
        .route("/v1/credential/{document_id}/view", get(credentials::view))
        .fallback(no_such_operation)
        .method_not_allowed_fallback(wrong_method)
        .with_state(Arc::clone(state))
        // The last layer is the first one a request meets.
        .layer(from_fn_with_state(Arc::clone(state), auth::demand_token))
        .layer(from_fn_with_state(Arc::clone(state), faults::intervene))
        .layer(from_fn_with_state(Arc::clone(state), journal::record))
        .layer(from_fn_with_state(Arc::clone(state), log::to_stderr));
    if state.settings.cors {
        router
            .layer(cors::for_api())
            .layer(map_response(faults::without_cors))
    } else {
        router
    }
}

// Neither of these two is documented.

async fn no_such_operation() -> Undocumented {
    Undocumented::new(StatusCode::NOT_FOUND, "no such operation")
}

async fn wrong_method() -> Undocumented {
    Undocumented::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this operation has another method",
    )
}
