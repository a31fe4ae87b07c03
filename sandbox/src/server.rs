//! Accepts connections, serves requests on them and closes them. [`crate::routes`] has the responses.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use axum::{Router, body::Body};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::ServiceExt as _;

use crate::{
    log,
    wire::{Cuttable, Wire},
};

/// How long answers under way may take once the server is told to stop. A stalled one would
/// never end.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves until `stop` resolves.
pub(crate) async fn run(listener: TcpListener, router: Router, verbose: bool, stop: impl Future<Output = ()>) {
    let mut stop = pin!(stop);
    let graceful = GracefulShutdown::new();
    // Dropping the set ends the connections that are left, also when `run` itself is dropped.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_ended) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _peer)) => {
                    let wire = Wire::default();
                    let connection = http1::Builder::new().serve_connection(
                        TokioIo::new(Cuttable::new(prepared(stream), wire.clone())),
                        handler(router.clone(), wire),
                    );
                    let connection = graceful.watch(connection);
                    connections.spawn(async move {
                        if let Err(error) = connection.await && verbose {
                            log::line(&format!("connection ended early: {error}"));
                        }
                    });
                }
                Err(error) => recover(&error, verbose).await,
            },
        }
    }
    drop(listener);
    // Whether all have said goodbye in time or not, the server ends.
    let _ = timeout(FAREWELL, graceful.shutdown()).await;
}

/// Answers are small and written piece by piece on purpose; none may wait for the next piece.
fn prepared(stream: TcpStream) -> TcpStream {
    // It fails only on a connection that is already lost, which the next read finds out.
    let _ = stream.set_nodelay(true);
    stream
}

/// Every request carries the handle of its connection.
fn handler(
    router: Router,
    wire: Wire,
) -> impl hyper::service::Service<hyper::Request<Incoming>, Response = hyper::Response<Body>, Error = Infallible, Future: Send>
{
    service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(wire.clone());
        router.clone().oneshot(request.map(Body::new))
    })
}

/// A failed accept is the fault of one peer or a lack of file handles, both of which pass.
async fn recover(error: &io::Error, verbose: bool) {
    if verbose {
        log::line(&format!("connection not accepted: {error}"));
    }
    sleep(Duration::from_millis(50)).await;
}
