//! When a request may be retried, and how long to wait before it.

/// What a client may spend on retries before it stops adding to a failing server's load.
pub(crate) const QUOTA: u32 = 500;
