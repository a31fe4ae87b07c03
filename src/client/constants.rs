//! The fixed numbers of retries and reconciliation. `docs/retries.md` lists them.

/// The first backoff, in milliseconds. Each retry doubles it; 50 to 100 % of it are waited, at random.
pub const FIRST_BACKOFF_MS: u64 = 500;

/// The longest backoff, in milliseconds.
pub const LONGEST_BACKOFF_MS: u64 = 8_000;

/// The longest `Retry-After` that is obeyed, in milliseconds. A longer one is left to the caller, in `retry_after_ms` of the
/// error.
pub const LONGEST_WAIT_MS: u64 = 60_000;

/// What a client may spend on retries before it stops adding to a failing server's load.
pub const QUOTA: u32 = 500;

/// What a retry takes from the quota. A success returns what its retries took.
pub const RETRY_COST: u32 = 5;

/// What a success without retries returns to the quota.
pub const MIN_REFUND: u32 = 1;

/// How far the account's clock may be behind ours, in milliseconds. A credential issued earlier than that before the call is
/// an older one of the same person, not the lost one.
pub const SKEW_MS: i64 = 300_000;

/// A credential issued up to so many milliseconds earlier still may be the lost one if the account's clock is wrong. It is
/// neither taken for it nor ignored.
pub const NEAR_MATCH_MS: i64 = 3_600_000;

/// Pages of a search for a lost credential. Addresses match in part, so the credentials of others can come first.
pub const MAX_PAGES: u64 = 20;

/// Whether the status says that a server or a gateway could not handle the request for now: 408 (the request arrived too
/// slowly), 425 (too early), 502 to 504, and 520 to 530, with which Cloudflare says that the server behind it fails.
pub const fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 502..=504 | 520..=530)
}
