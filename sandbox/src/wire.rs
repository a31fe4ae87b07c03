//! Breaks a connection at an exact byte. [`crate::faults`] decides when.
//!
//! An error from a handler cannot do this: the HTTP layer would still end its answer properly.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// Time for the other side to read what was sent: a reset may overtake bytes not yet read.
const GRACE: Duration = Duration::from_millis(25);

/// Where an answer breaks off.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CutAt {
    /// Nothing of the answer is sent.
    BeforeHeaders,
    /// The status line is sent, and the beginning of the first header.
    InHeaders,
    /// All headers are sent, and so many bytes that follow them.
    BodyBytes(u64),
}

/// How an answer breaks off.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CutWith {
    /// The connection is reset (RST).
    #[default]
    Reset,
    /// The connection is closed in order (FIN), only too early.
    Close,
}

/// Counts what may still be sent.
#[derive(Clone, Copy, Debug)]
struct Countdown {
    /// Counting begins behind this, so that the length of the headers need not be known.
    behind: &'static [u8],
    /// How much of `behind` was just sent.
    matched: usize,
    left: u64,
}

impl Countdown {
    fn new(at: CutAt) -> Self {
        let (behind, left): (&[u8], u64) = match at {
            CutAt::BeforeHeaders => (b"", 0),
            // Shorter than the shortest header line.
            CutAt::InHeaders => (b"\r\n", 4),
            CutAt::BodyBytes(count) => (b"\r\n\r\n", count),
        };
        Self { behind, matched: 0, left }
    }

    /// Lets one byte pass, or not.
    fn pass(&mut self, byte: u8) -> bool {
        match self.behind.get(self.matched) {
            Some(&expected) if expected == byte => self.matched += 1,
            // The byte that breaks a match may begin the next.
            Some(_) => self.matched = usize::from(self.behind.first() == Some(&byte)),
            None if self.left == 0 => return false,
            None => self.left -= 1,
        }
        true
    }

    /// How many of these bytes may be sent.
    fn allowance(mut self, bytes: &[u8]) -> usize {
        bytes.iter().take_while(|&&byte| self.pass(byte)).count()
    }

    fn sent(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.pass(byte);
        }
    }

    fn is_over(&self) -> bool {
        self.matched == self.behind.len() && self.left == 0
    }
}

/// The handle by which a request reaches the connection it came on.
#[derive(Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Option<(Countdown, CutWith)>>>);

impl Wire {
    /// Breaks the connection off during the answer that follows.
    pub(crate) fn cut(&self, at: CutAt, with: CutWith) {
        *self.armed() = Some((Countdown::new(at), with));
    }

    /// Takes back a cut that lay behind the end of its answer.
    pub(crate) fn mend(&self) {
        *self.armed() = None;
    }

    fn armed(&self) -> MutexGuard<'_, Option<(Countdown, CutWith)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How to break off, if this is the place.
    fn due(&self) -> Option<CutWith> {
        self.armed().filter(|(countdown, _)| countdown.is_over()).map(|(_, with)| with)
    }

    fn allowance(&self, bytes: &[u8]) -> usize {
        self.armed().map_or(bytes.len(), |(countdown, _)| countdown.allowance(bytes))
    }

    fn sent(&self, bytes: &[u8]) {
        if let Some((countdown, _)) = self.armed().as_mut() {
            countdown.sent(bytes);
        }
    }
}

/// A connection that can be broken off.
pub(crate) struct Cuttable {
    stream: TcpStream,
    wire: Wire,
    grace: Option<Pin<Box<Sleep>>>,
}

impl Cuttable {
    pub(crate) fn new(stream: TcpStream, wire: Wire) -> Self {
        Self { stream, wire, grace: None }
    }

    /// Fails once the grace is over; the HTTP layer then drops the connection, which sends the
    /// RST or FIN.
    fn break_off(&mut self, with: CutWith, context: &mut Context<'_>) -> Poll<io::Error> {
        let grace = self.grace.get_or_insert_with(|| Box::pin(sleep(GRACE)));
        ready!(grace.as_mut().poll(context));
        if with == CutWith::Reset
            && let Err(error) = self.stream.set_zero_linger()
        {
            return Poll::Ready(error);
        }
        Poll::Ready(io::Error::new(io::ErrorKind::ConnectionAborted, "cut by a script"))
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

// Vectored writing stays off, as it is by default: every byte has to pass `poll_write`.
impl AsyncWrite for Cuttable {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(with) = self.wire.due() {
            return self.break_off(with, context).map(Err);
        }
        let allowed = bytes.get(..self.wire.allowance(bytes)).unwrap_or(bytes);
        let count = ready!(Pin::new(&mut self.stream).poll_write(context, allowed))?;
        self.wire.sent(allowed.get(..count).unwrap_or(allowed));
        Poll::Ready(Ok(count))
    }

    /// The place may be the very end of what was written, with no further write to refuse.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(with) = self.wire.due() {
            return self.break_off(with, context).map(Err);
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(with) = self.wire.due() {
            return self.break_off(with, context).map(Err);
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nserver: x\r\n\r\nbody\r\n\r\nmore";

    /// What passes when the answer is written in pieces of this size.
    fn passed(at: CutAt, piece: usize) -> String {
        let mut countdown = Countdown::new(at);
        let mut passed = Vec::new();
        for bytes in ANSWER.chunks(piece) {
            let allowed = &bytes[..countdown.allowance(bytes)];
            countdown.sent(allowed);
            passed.extend_from_slice(allowed);
            if countdown.is_over() {
                break;
            }
        }
        String::from_utf8(passed).unwrap()
    }

    #[test]
    fn the_place_does_not_depend_on_how_the_answer_is_written() {
        for piece in 1..=ANSWER.len() {
            assert_eq!(passed(CutAt::BeforeHeaders, piece), "");
            assert_eq!(passed(CutAt::InHeaders, piece), "HTTP/1.1 200 OK\r\nserv");
            let head = "HTTP/1.1 200 OK\r\nserver: x\r\n\r\n";
            assert_eq!(passed(CutAt::BodyBytes(0), piece), head);
            assert_eq!(passed(CutAt::BodyBytes(5), piece), format!("{head}body\r"));
        }
    }

    #[test]
    fn a_place_behind_the_end_cuts_nothing() {
        let mut countdown = Countdown::new(CutAt::BodyBytes(1000));
        assert_eq!(countdown.allowance(ANSWER), ANSWER.len());
        countdown.sent(ANSWER);
        assert!(!countdown.is_over());
    }
}
