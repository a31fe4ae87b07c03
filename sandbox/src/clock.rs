//! Provides the current time, date arithmetic and the API's date formats.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// The longest validity a group may ask for. The documentation gives no limit (its dashboard
/// offers 1 to 10 years); this one only keeps every date within four-digit years.
pub(crate) const MOST_YEARS: i16 = 1000;

pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The way credentials carry dates: UTC, seconds precision, `2024-03-15T10:30:00Z`.
pub(crate) fn text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The way lists of groups carry dates: the same to the millisecond, `2023-08-21T08:25:25.930Z`.
pub(crate) fn text_to_milliseconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// The same day and time so many calendar years later (29 February becomes 28 February).
pub(crate) fn years_later(at: Timestamp, years: i16) -> Timestamp {
    at.to_zoned(TimeZone::UTC).saturating_add(years.years()).timestamp()
}

/// So many days later, or earlier where the number is negative.
pub(crate) fn days_later(at: Timestamp, days: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(days.saturating_mul(24))).unwrap_or(Timestamp::MAX)
}

/// The day in UTC.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// A day as searches carry it, `2024/03/15`, and in no other way.
pub(crate) fn day(text: &str) -> Option<Date> {
    let form = |(place, byte): (usize, u8)| if matches!(place, 4 | 7) { byte == b'/' } else { byte.is_ascii_digit() };
    let is_day = text.len() == 10 && text.bytes().enumerate().all(form);
    Date::strptime("%Y/%m/%d", text).ok().filter(|_| is_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_written_in_whole_seconds() {
        assert_eq!(text(at("2024-03-15T10:30:00.987Z")), "2024-03-15T10:30:00Z");
    }

    #[test]
    fn dates_of_groups_always_have_milliseconds() {
        assert_eq!(text_to_milliseconds(at("2023-08-21T08:25:25.930987Z")), "2023-08-21T08:25:25.930Z");
        assert_eq!(text_to_milliseconds(at("2023-08-21T08:25:25Z")), "2023-08-21T08:25:25.000Z");
    }

    #[test]
    fn years_follow_the_calendar() {
        let leap_day = at("2024-02-29T12:00:00Z");
        assert_eq!(text(years_later(leap_day, 1)), "2025-02-28T12:00:00Z");
        assert_eq!(text(years_later(leap_day, 4)), "2028-02-29T12:00:00Z");
        assert_eq!(text(years_later(leap_day, MOST_YEARS)), "3024-02-29T12:00:00Z");
    }

    #[test]
    fn days_have_one_form() {
        assert_eq!(day("2024/02/29").unwrap().to_string(), "2024-02-29");
        for wrong in
            ["", "2024-02-29", "2024/2/29", "2023/02/29", "2024/13/01", "29/02/2024", "2024/02/29 ", "+024/02/29"]
        {
            assert_eq!(day(wrong), None, "{wrong}");
        }
        assert_eq!(day_of(at("2024-02-29T23:59:59Z")), day("2024/02/29").unwrap());
    }

    #[test]
    fn days_go_both_ways() {
        let new_year = at("2026-01-01T00:00:00Z");
        assert_eq!(text(days_later(new_year, -1)), "2025-12-31T00:00:00Z");
        assert_eq!(text(days_later(new_year, 31)), "2026-02-01T00:00:00Z");
    }
}
