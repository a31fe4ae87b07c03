//! Owns when an attempt is repeated and how long to wait before it. Sending and waiting are the client's.

use crate::decimal;
use crate::error::{Class, Error};
use crate::operations::Repeat;
use crate::settings::is_made_of;
use crate::text;
use crate::timestamp::Timestamp;

/// Waits longer than this are left to the caller: the error carries `retryAfterMs`.
const LONGEST_WAIT_MS: i64 = 60_000;
/// What a double holds exactly.
const LONGEST_SAID_MS: i64 = 1 << 53;
const FIRST_BACKOFF_MS: u32 = 500;
const LONGEST_BACKOFF_MS: u32 = 8_000;

/// Whether it is unknown if the request was carried out.
pub(crate) fn is_lost(error: &Error) -> bool {
    match error.class {
        Class::Connection | Class::Timeout => true,
        Class::Server => matches!(error.status, Some(502..=504)),
        _ => false,
    }
}

/// Whether the answer came but cannot be read: a proxy's page, cut short, not as documented. What was asked for has
/// probably been done, so it is looked for, but never sent again.
pub(crate) fn is_unreadable(error: &Error) -> bool {
    let success = error.status.is_none_or(|status| (200..300).contains(&status));
    error.class == Class::Response && success && error.code != "unexpected_redirect"
}

/// Whether sending the same request again can end differently and cannot do harm.
pub(crate) fn may_repeat(repeat: Repeat, error: &Error) -> bool {
    // 429: the API refused before doing anything.
    error.class == Class::RateLimit || (is_lost(error) && matches!(repeat, Repeat::Safe | Repeat::Publish))
}

/// `min(0.5 s * 2^n, 8 s)`, jittered to 50 to 100 %. `random` is in 0..1.
pub(crate) fn backoff_ms(repeats_so_far: u32, random: f64) -> i64 {
    let full = (FIRST_BACKOFF_MS << repeats_so_far.min(10)).min(LONGEST_BACKOFF_MS);
    let half = full / 2;
    i64::from(half) + (random.clamp(0.0, 1.0) * f64::from(half)) as i64
}

/// What a client may spend on repeats before it stops making a bad day of its server's worse.
const QUOTA: u32 = 500;
const PRICE: u32 = 5;

/// What is left of a client's quota after one more repeat; `None` where there is too little for it.
pub(crate) fn spend(quota: Option<u32>) -> Option<u32> {
    quota.unwrap_or(QUOTA).checked_sub(PRICE)
}

/// The quota after a success: what its repeats cost comes back, and 1 where there were none.
pub(crate) fn refund(quota: Option<u32>, repeats: u32) -> u32 {
    let back = (repeats.min(QUOTA) * PRICE).max(1);
    (quota.unwrap_or(QUOTA).min(QUOTA) + back).min(QUOTA)
}

/// How long to wait: `i64::MAX`, which no call has time for, where the server asks for longer than is obeyed.
pub(crate) fn wait_ms(error: &Error, repeats_so_far: u32, random: f64) -> i64 {
    match error.retry_after_ms {
        Some(asked) if asked > LONGEST_WAIT_MS => i64::MAX,
        Some(asked) => asked,
        None => backoff_ms(repeats_so_far, random),
    }
}

/// `Retry-After`: whole seconds or an HTTP date. Anything else is as if it were not there.
pub(crate) fn retry_after_ms(header: &str, now_ms: i64) -> Option<i64> {
    let header = header.trim_ascii();
    if is_made_of(header, 1, usize::MAX, b"09") {
        // However long it is, it is longer than anyone waits.
        let seconds = decimal::read(header).unwrap_or(LONGEST_SAID_MS);
        return Some((seconds.min(LONGEST_SAID_MS) * 1000).min(LONGEST_SAID_MS));
    }
    let at = http_date(header)?;
    Some((at.0 - now_ms).max(0))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110's IMF-fixdate; the two obsolete forms are not read).
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: &str = "01Jan,02Feb,03Mar,04Apr,05May,06Jun,07Jul,08Aug,09Sep,10Oct,11Nov,12Dec";
    let mut parts = text::parts(text, b' ');
    let [weekday, day, named, year, time, zone] = [(); 6].map(|()| parts.next().unwrap_or_default());
    let month = text::parts(MONTHS, b',').find_map(|month| month.strip_suffix(named));
    // A part of a name leaves more than the number of the month.
    let month = month.filter(|month| month.len() == 2)?;
    let fine = weekday.ends_with(',') && zone == "GMT" && parts.next().is_none();
    Timestamp::parse(text::join(&[year, "-", month, "-", day, "T", time, "Z"])).filter(|_| fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(class: Class, status: Option<u16>) -> Error {
        Error { status, ..*Error::new(class, "code", "op", "text") }
    }

    #[test]
    fn what_may_be_repeated() {
        for (class, status, safe, never) in [
            (Class::Connection, None, true, false),
            (Class::Timeout, None, true, false),
            (Class::RateLimit, Some(429), true, true),
            (Class::Server, Some(500), false, false),
            (Class::Server, Some(501), false, false),
            (Class::Server, Some(502), true, false),
            (Class::Server, Some(503), true, false),
            (Class::Server, Some(504), true, false),
            (Class::Conflict, Some(409), false, false),
            (Class::InsufficientBalance, Some(402), false, false),
            (Class::Authentication, Some(401), false, false),
            (Class::Response, Some(200), false, false),
        ] {
            for (repeat, expected) in
                [(Repeat::Safe, safe), (Repeat::Publish, safe), (Repeat::Reconcile, never), (Repeat::Never, never)]
            {
                assert_eq!(may_repeat(repeat, &error(class, status)), expected, "{repeat:?} {class:?} {status:?}");
            }
        }
    }

    #[test]
    fn backoff_doubles_up_to_eight_seconds_between_half_and_full() {
        for (repeats, full) in [(0, 500), (1, 1000), (2, 2000), (3, 4000), (4, 8000), (5, 8000), (4_000_000, 8000)] {
            assert_eq!(backoff_ms(repeats, 0.0), full / 2);
            assert_eq!(backoff_ms(repeats, 1.0), full);
        }
    }

    #[test]
    fn retry_after_is_read_strictly() {
        let now = Timestamp::parse("1994-11-06T08:49:07Z").unwrap().0;
        for (header, ms) in [
            ("0", Some(0)),
            ("120", Some(120_000)),
            (" 7 ", Some(7000)),
            ("86400", Some(86_400_000)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30_000)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("1e3", None),
            ("soon", None),
            ("9999999999", Some(9_999_999_999_000)),
            ("99999999999999999999", Some(1 << 53)),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(retry_after_ms(header, now), ms, "{header:?}");
        }
    }

    #[test]
    fn the_quota_pays_for_a_hundred_repeats_and_fills_up_by_successes() {
        let mut quota = None;
        let mut repeats = 0;
        while let Some(left) = spend(quota) {
            quota = Some(left);
            repeats += 1;
        }
        assert_eq!((repeats, quota), (100, Some(0)));
        assert_eq!(refund(quota, 0), 1);
        assert_eq!(refund(quota, 2), 10);
        assert_eq!(spend(Some(4)), None);
        assert_eq!(refund(Some(498), 7), 500);
        assert_eq!(refund(None, 0), 500);
    }

    #[test]
    fn a_long_wait_is_left_to_the_caller() {
        let mut refused = error(Class::RateLimit, Some(429));
        refused.retry_after_ms = Some(60_000);
        assert_eq!(wait_ms(&refused, 0, 0.0), 60_000);
        refused.retry_after_ms = Some(60_001);
        assert_eq!(wait_ms(&refused, 0, 0.0), i64::MAX);
    }
}
