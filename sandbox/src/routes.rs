//! Maps requests to handlers and layers.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::{from_fn_with_state, map_response},
    routing::{any, get, post, put},
};

use crate::{
    auth, control, cors, credentials, faults, groups, journal, log, recipients, state::Shared,
    undocumented::Undocumented, webhooks,
};

/// The API and, beside it, the control of the sandbox. Neither's layers touch the other.
pub(crate) fn all(state: &Shared) -> Router {
    // `/_sandbox` is a prefix the service does not have, so no documented path can collide.
    api(state).merge(control(state)).fallback(control::no_such_route)
}

/// What tests steer the sandbox by. It asks for no token.
fn control(state: &Shared) -> Router {
    let router = Router::new()
        .route("/_sandbox/health", get(control::health))
        .route("/_sandbox/state", get(control::state))
        .route("/_sandbox/reset", post(control::reset))
        .route("/_sandbox/samples", get(control::samples))
        .route("/_sandbox/requests", get(control::requests).delete(control::clear_requests))
        .route("/_sandbox/script", get(control::script).post(control::extend_script).delete(control::clear_script))
        .route("/_sandbox/balance", put(control::set_balance))
        .route("/_sandbox/account", get(control::account).put(control::set_account))
        .route("/_sandbox/groups/{key}", put(control::set_group))
        .route("/_sandbox/credentials/{id}", put(control::set_credential))
        .layer(DefaultBodyLimit::max(control::MOST_BYTES))
        .with_state(Arc::clone(state));
    if state.settings.cors { router.layer(cors::for_control()) } else { router }
}

/// The API as documented. A further operation is a handler in its resource's module and a line
/// here.
fn api(state: &Shared) -> Router {
    let router = Router::new()
        .route("/v1/auth", post(auth::authenticate))
        .route("/v1/groups/new", post(groups::create))
        .route("/v1/groups/all", post(groups::all))
        .route("/v1/groups/search", post(groups::search))
        .route("/v1/group/view/{group_key}", get(groups::view))
        .route("/v1/group/update/{group_key}", post(groups::update))
        .route("/v1/recipients/update", post(recipients::update))
        .route("/v1/webhook/subscribe", post(webhooks::subscribe))
        .route("/v1/webhook/unsubscribe", post(webhooks::unsubscribe))
        .route("/v1/credentials/generate", post(credentials::generate))
        .route("/v1/credentials/all", post(credentials::all))
        .route("/v1/credentials/search", post(credentials::search))
        .route("/v1/credentials/new", post(credentials::issue))
        .route("/v1/credential/issue", post(credentials::issue))
        .route("/v1/credential/{document_id}/publish", post(credentials::publish))
        .route("/v1/credential/{document_id}/view", get(credentials::view))
        .route("/v1/credential/{document_id}/update", post(credentials::update))
        // Paths that are not documented are part of the API too: they are recorded, ask for the
        // token and can be scripted.
        .route("/v1", any(no_such_operation))
        .route("/v1/", any(no_such_operation))
        .route("/v1/{*path}", any(no_such_operation))
        .method_not_allowed_fallback(wrong_method)
        .with_state(Arc::clone(state))
        // The last layer is the first one a request meets.
        .layer(from_fn_with_state(Arc::clone(state), auth::demand_token))
        .layer(from_fn_with_state(Arc::clone(state), faults::intervene))
        .layer(from_fn_with_state(Arc::clone(state), journal::record))
        .layer(from_fn_with_state(Arc::clone(state), log::to_stderr));
    if state.settings.cors { router.layer(cors::for_api()).layer(map_response(faults::without_cors)) } else { router }
}

// Neither of these two is documented.

async fn no_such_operation() -> Undocumented {
    Undocumented::new(StatusCode::NOT_FOUND, "no such operation")
}

async fn wrong_method() -> Undocumented {
    Undocumented::new(StatusCode::METHOD_NOT_ALLOWED, "this operation does not allow this method")
}
