//! Writes a line for each request to standard error with `--verbose`. [`crate::journal`] is the record that tests read.

use std::{
    io::{self, Write as _},
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::Response,
};

use crate::state::Shared;

/// Writes one line per request.
///
/// A line names the route instead of the path and no header, so whatever a client puts where,
/// neither token nor e-mail address gets into the log.
pub(crate) async fn to_stderr(State(state): State<Shared>, request: Request, next: Next) -> Response {
    if !state.settings.verbose {
        return next.run(request).await;
    }
    let started = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(no route)".to_owned(), |path| path.as_str().to_owned());
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), started.elapsed().as_millis());
    line(&format!("{method} {route} -> {status} in {took} ms"));
    response
}

/// A closed standard error must not end the server.
pub(crate) fn line(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
