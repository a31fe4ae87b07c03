//! When a request may be retried, and how long to wait before it. Sending and waiting are left to `attempt`.

use super::config::RetryQuota;
use super::constants::{
    FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS, LONGEST_WAIT_MS, MIN_REFUND, QUOTA, RETRY_COST, is_temporary,
};
use crate::api::RetrySafety;
use crate::error::{Error, ErrorClass};

/// Whether it is unknown if the request was carried out.
pub(super) fn is_lost(error: &Error) -> bool {
    match error.class {
        ErrorClass::Connection | ErrorClass::Timeout => true,
        ErrorClass::Server => error.status.is_some_and(is_temporary),
        _ => false,
    }
}

/// Whether a success arrived that cannot be read: a proxy's page, truncated, not as documented. The request has probably
/// been carried out, so the account is searched, but it is never sent again.
pub(super) fn is_unreadable(error: &Error) -> bool {
    let is_success = error.status.is_none_or(|status| (200..300).contains(&status));
    error.class == ErrorClass::Response && is_success && error.code != "unexpected_redirect"
}

/// Whether the API refused, so that this request was not carried out. What is not in its own words, or a server that is failing,
/// is no refusal.
pub(super) fn is_refusal(error: &Error) -> bool {
    !matches!(
        error.class,
        ErrorClass::Connection | ErrorClass::Timeout | ErrorClass::Server | ErrorClass::Response | ErrorClass::Internal
    )
}

/// Whether the same request may be sent again without harm and may end differently.
pub(super) fn may_retry(safety: RetrySafety, error: &Error) -> bool {
    // 429: the API refused before doing anything.
    error.class == ErrorClass::RateLimit
        || (is_lost(error) && matches!(safety, RetrySafety::Safe | RetrySafety::Publish))
}

/// `min(0.5 s * 2^n, 8 s)` in milliseconds, jittered to 50 to 100 %. `random` is from 0 to 1.
pub(super) fn backoff_ms(retries: u32, random: f64) -> u64 {
    let full = (FIRST_BACKOFF_MS << retries.min(10)).min(LONGEST_BACKOFF_MS);
    let half = full / 2;
    #[allow(clippy::cast_precision_loss, reason = "at most 4 000")]
    let jitter = random.clamp(0.0, 1.0) * half as f64;
    half + jitter as u64
}

/// How long to wait before retry number `retries` (from 0), in milliseconds. `None`: the API asks for more than
/// [`LONGEST_WAIT_MS`].
pub(super) fn wait_ms(error: &Error, retries: u32, random: f64) -> Option<u64> {
    match error.retry_after_ms {
        Some(ms) => (ms <= LONGEST_WAIT_MS).then_some(ms),
        None => Some(backoff_ms(retries, random)),
    }
}

/// Takes the cost of a retry from the quota. Returns whether there was enough.
pub(super) fn spend(quota: &dyn RetryQuota) -> bool {
    let left = quota.get().checked_sub(RETRY_COST);
    if let Some(left) = left {
        quota.set(left);
    }
    left.is_some()
}

/// Returns to the quota what the retries of a success cost, or 1 if it took none.
pub(super) fn refund(quota: &dyn RetryQuota, retries: u32) {
    let refund = (retries.min(QUOTA) * RETRY_COST).max(MIN_REFUND);
    quota.set((quota.get().min(QUOTA) + refund).min(QUOTA));
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn error(class: ErrorClass, status: Option<u16>) -> Error {
        let mut error = Error::new(class, "code".to_owned(), "operation", "text");
        error.status = status;
        error
    }

    #[test]
    fn retries_harmless_lost_requests_and_refused_ones() {
        for (class, status, safe, creating) in [
            (ErrorClass::Connection, None, true, false),
            (ErrorClass::Timeout, None, true, false),
            (ErrorClass::Timeout, Some(408), true, false),
            (ErrorClass::RateLimit, Some(429), true, true),
            (ErrorClass::Server, Some(425), true, false),
            (ErrorClass::Server, Some(500), false, false),
            (ErrorClass::Server, Some(501), false, false),
            (ErrorClass::Server, Some(502), true, false),
            (ErrorClass::Server, Some(503), true, false),
            (ErrorClass::Server, Some(504), true, false),
            (ErrorClass::Server, Some(505), false, false),
            (ErrorClass::Server, Some(520), true, false),
            (ErrorClass::Server, Some(522), true, false),
            (ErrorClass::Server, Some(524), true, false),
            (ErrorClass::Server, Some(599), false, false),
            (ErrorClass::Conflict, Some(409), false, false),
            (ErrorClass::InsufficientBalance, Some(402), false, false),
            (ErrorClass::Authentication, Some(401), false, false),
            (ErrorClass::BadRequest, Some(413), false, false),
            (ErrorClass::Response, Some(200), false, false),
        ] {
            for (safety, expected) in [
                (RetrySafety::Safe, safe),
                (RetrySafety::Publish, safe),
                (RetrySafety::Reconcile, creating),
                (RetrySafety::Never, creating),
            ] {
                assert_eq!(may_retry(safety, &error(class, status)), expected, "{safety:?} {class:?} {status:?}");
            }
        }
    }

    #[test]
    fn doubles_the_backoff_up_to_eight_seconds_between_half_and_full() {
        for (retries, full) in [(0, 500), (1, 1000), (2, 2000), (3, 4000), (4, 8000), (5, 8000), (4_000_000, 8000)] {
            assert_eq!(backoff_ms(retries, 0.0), full / 2);
            assert_eq!(backoff_ms(retries, 1.0), full);
        }
    }

    #[test]
    fn the_quota_pays_for_a_hundred_retries_and_successes_refill_it() {
        let quota = Cell::new(QUOTA);
        let retries = std::iter::repeat_with(|| spend(&quota)).take_while(|paid| *paid).count();
        assert_eq!((retries, quota.get()), (100, 0));
        for (before, retries, after) in [(0, 0, 1), (0, 2, 10), (498, 7, 500), (500, 0, 500), (u32::MAX, u32::MAX, 500)]
        {
            quota.set(before);
            refund(&quota, retries);
            assert_eq!(quota.get(), after);
        }
        quota.set(4);
        assert!(!spend(&quota));
        assert_eq!(quota.get(), 4);
    }

    #[test]
    fn leaves_a_wait_of_more_than_a_minute_to_the_caller() {
        let mut refused = error(ErrorClass::RateLimit, Some(429));
        for (retry_after_ms, expected) in [(None, Some(250)), (Some(60_000), Some(60_000)), (Some(60_001), None)] {
            refused.retry_after_ms = retry_after_ms;
            assert_eq!(wait_ms(&refused, 0, 0.0), expected);
        }
    }
}
