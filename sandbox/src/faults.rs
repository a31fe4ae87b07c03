//! Sends scripted responses instead of the API's own. [`crate::script`] says which, [`crate::wire`] breaks connections.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Response as Parts, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    middleware::Next,
    response::Response,
};
use futures_util::stream;
use tokio::{task::yield_now, time::sleep};

use crate::{
    script::{Effect, Fault, Pace, Payload},
    state::Shared,
    wire::Wire,
};

/// Marks an answer that keeps the headers it was scripted with: browsers are not let in unless
/// the script itself lets them in.
#[derive(Clone)]
struct AsScripted(HeaderMap);

/// Gives the scripted answer, if there is one for this request.
pub(crate) async fn intervene(State(state): State<Shared>, request: Request, next: Next) -> Response {
    let wire = request.extensions().get::<Wire>().cloned();
    if let Some(wire) = &wire {
        wire.mend();
    }
    let scripted = state.script().take(request.method(), request.uri().path());
    let Some(fault) = scripted else {
        return next.run(request).await;
    };
    let truth = match fault.effect {
        Effect::None => None,
        Effect::First => Some(next.run(request).await),
        Effect::Later(delay) => {
            carry_out_later(state, delay, request, next);
            None
        }
    };
    sleep(fault.delay).await;
    if let (Some(wire), Some((at, with))) = (wire, fault.cut) {
        wire.cut(at, with);
    }
    answer(fault, truth).await
}

/// Carries the request out after the delay, as a backend does whose gateway gave up on it. The client does not see the
/// response. A reset before then cancels it.
fn carry_out_later(state: Shared, delay: Duration, request: Request, next: Next) {
    let resets = state.resets();
    tokio::spawn(async move {
        sleep(delay).await;
        if state.resets() == resets {
            next.run(request).await;
        }
    });
}

/// The truth shows only where the script gives no status.
async fn answer(fault: Fault, truth: Option<Response>) -> Response {
    let (status, mut headers, body) = match (fault.status, truth) {
        (None, Some(truth)) => {
            let (parts, body) = truth.into_parts();
            // The API's answers are whole in memory already, so this cannot fail.
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            (parts.status, parts.headers, Payload::from(body))
        }
        (status, _) => {
            let json = HeaderValue::from_static("application/json");
            (
                status.unwrap_or(StatusCode::OK),
                HeaderMap::from_iter([(CONTENT_TYPE, json)]),
                Payload::from(Bytes::new()),
            )
        }
    };
    let body = fault.body.unwrap_or(body);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.length()));
    for (name, value) in fault.headers {
        match value {
            Some(value) => headers.insert(name, value),
            None => headers.remove(name),
        };
    }
    let mut response = Parts::new(paced(body, fault.pace));
    *response.status_mut() = status;
    if !fault.cors {
        response.extensions_mut().insert(AsScripted(headers.clone()));
    }
    *response.headers_mut() = headers;
    response
}

/// A body whose length the HTTP layer does not know, so that it believes the header.
fn paced(payload: Payload, pace: Pace) -> Body {
    let pieces = stream::unfold((payload, 0u64), move |(payload, sent)| async move {
        if pace.stall_after.is_some_and(|most| sent >= most) {
            // Until the client goes away, which drops this.
            std::future::pending::<()>().await;
        }
        let before_stall = pace.stall_after.map_or(u64::MAX, |most| most.saturating_sub(sent));
        let piece = payload.piece(sent, before_stall.min(pace.chunk_bytes as u64));
        if piece.is_empty() {
            // Where a scripted length has promised more, the HTTP layer drops the connection now;
            // waiting a turn makes it send first what it holds.
            yield_now().await;
            return None;
        }
        if sent > 0 {
            sleep(pace.chunk_delay).await;
        }
        let sent = sent.saturating_add(piece.len() as u64);
        Some((Ok::<_, Infallible>(piece), (payload, sent)))
    });
    Body::from_stream(pieces)
}

/// Takes from marked answers what the CORS layer has put on them.
pub(crate) async fn without_cors(mut response: Response) -> Response {
    if let Some(AsScripted(headers)) = response.extensions_mut().remove() {
        *response.headers_mut() = headers;
    }
    response
}
