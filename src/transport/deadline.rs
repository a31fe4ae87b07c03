//! Runs work until its deadline.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::Transport;

/// Waits for the work, for at most so many milliseconds. `None`: it took longer, and was dropped.
pub(crate) async fn within<T: Transport, F: Future>(transport: &T, ms: u64, work: F) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut timer = pin!(transport.sleep(ms));
    let started_ms = transport.now().as_ms();
    poll_fn(|context| {
        if let Poll::Ready(output) = work.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        // A body whose next chunk is always ready would starve timers.
        if u64::try_from(transport.now().as_ms() - started_ms).is_ok_and(|elapsed_ms| elapsed_ms > ms) {
            return Poll::Ready(None);
        }
        timer.as_mut().poll(context).map(|()| None)
    })
    .await
}
