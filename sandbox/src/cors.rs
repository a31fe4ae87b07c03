//! Allows all pages to call the sandbox from a browser. [`crate::routes`] decides whether the layers are used.
//!
//! What the service itself lets browsers do is not documented. The sandbox is open because
//! headless browsers run the client's tests against it from another origin.

use axum::http::{
    Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use tower_http::cors::{Any, CorsLayer};

/// Exactly the methods and headers the documented requests have, so that a client that sends
/// another one is stopped by the browser.
pub(crate) fn for_api() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers([
        AUTHORIZATION,
        CONTENT_TYPE,
        ACCEPT,
    ])
}

/// Everything: a test page may steer the sandbox as it likes.
pub(crate) fn for_control() -> CorsLayer {
    CorsLayer::new().allow_origin(Any).allow_methods(Any).allow_headers(Any)
}
