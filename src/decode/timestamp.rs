//! Owns instants: reading ISO 8601 dates as the API writes them, writing them back, milliseconds since 1970.

use alloc::string::String;

use crate::text;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

const DAY_MS: i64 = 86_400_000;
/// So long before 1970 the year 0 began.
const YEAR_0_MS: i64 = 62_167_219_200_000;
const DAYS_TO_1970: i32 = 719_528;

impl Timestamp {
    /// Reads `2024-03-15T10:30:00Z`, with an optional fraction of a second and `Z` or an offset (`+05:30`).
    /// A date without a time zone is refused: it names no instant.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 6];
        let mut rest = behind(text.as_bytes(), b"0000-00-00T00:00:00", &mut parts)?;
        let [year, month, day, hour, minute, second] = parts;
        let mut fraction_ms = 0;
        if let [b'.', digits @ ..] = rest {
            let mut place = 100;
            rest = digits;
            while let [digit @ b'0'..=b'9', behind @ ..] = rest {
                fraction_ms += i32::from(digit - b'0') * place;
                place /= 10;
                rest = behind;
            }
            if !(1..=9).contains(&(digits.len() - rest.len())) {
                return None;
            }
        }
        let mut offset_minutes = 0;
        if rest != b"Z" {
            let (sign, offset) = rest.split_first()?;
            let mut parts = [0; 2];
            let left = behind(offset, b"00:00", &mut parts)?;
            let [hours, minutes] = parts;
            let fine = matches!(sign, b'+' | b'-') && hours < 24 && minutes < 60 && left.is_empty();
            fine.then_some(())?;
            offset_minutes = (hours * 60 + minutes) * (44 - i32::from(*sign));
        }
        let fine = is_day(year, month, day) && hour < 24 && minute < 60 && second < 60;
        let seconds = (hour * 60 + minute - offset_minutes) * 60 + second;
        let ms = i64::from(seconds * 1000 + fraction_ms);
        fine.then(|| Self(i64::from(days_since_1970(year, month, day)) * DAY_MS + ms))
    }

    /// `2024-03-15T10:30:00.000Z`. Years outside 0 to 9999 are clamped to the ends: they come from a broken clock.
    pub fn to_iso(self) -> String {
        let since_0 = self.0.clamp(-YEAR_0_MS, 253_402_300_799_999) + YEAR_0_MS;
        let date = date_of((since_0 / DAY_MS) as i32);
        let ms = (since_0 % DAY_MS) as i32;
        let seconds = ms / 1000;
        let time = ((seconds / 3600 * 100 + seconds / 60 % 60) * 100 + seconds % 60) * 1000 + ms % 1000;
        // All digits in a row, behind one that keeps the zeros before the year.
        let digits = text::number("", (100_000_000 + i64::from(date)) * 1_000_000_000 + i64::from(time));
        let mut digits = digits.bytes();
        digits.next();
        let mut out = String::new();
        for place in "0000-00-00T00:00:00.000Z".bytes() {
            out.push(char::from(if place == b'0' { digits.next().unwrap_or(place) } else { place }));
        }
        out
    }
}

/// Whether the text is a day that exists, written `2024/03/15`.
pub fn is_date(text: &str) -> bool {
    let mut parts = [0; 3];
    let read = behind(text.as_bytes(), b"0000/00/00", &mut parts).is_some_and(<[u8]>::is_empty);
    let [year, month, day] = parts;
    read && is_day(year, month, day)
}

/// What stands behind that which looks like the pattern, in which `0` stands for a digit; `parts` get the numbers between
/// the rest.
#[inline(never)]
fn behind<'a>(text: &'a [u8], pattern: &[u8], parts: &mut [i32]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(pattern.len())?;
    let mut number = 0;
    let mut parts = parts.iter_mut();
    for (found, wanted) in head.iter().zip(pattern) {
        if *wanted == b'0' && found.is_ascii_digit() {
            number = number * 10 + i32::from(found - b'0');
        } else if found != wanted {
            return None;
        } else if let Some(part) = parts.next() {
            *part = number;
            number = 0;
        }
    }
    if let Some(last) = parts.next() {
        *last = number;
    }
    Some(rest)
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 => 28 + is_leap(year) as i32,
        // Odd months have 31 days, and from August on the even ones.
        _ => 30 + (month + month / 8) % 2,
    }
}

const fn is_day(year: i32, month: i32, day: i32) -> bool {
    1 <= month && month <= 12 && 1 <= day && day <= days_in_month(year, month)
}

/// Days of the proleptic Gregorian calendar, for years from 0 on. Years are counted from March, so that the leap day comes
/// last, and begin 400 years before the year 0, so that none of the numbers is negative.
#[inline(never)]
fn days_since_1970(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year + 399 } else { year + 400 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 865_565
}

/// Year, month and day so many days after the beginning of the year 0, as one number: 20240315. What is looked for is the last
/// beginning of a year, then of a month, that is not later.
fn date_of(days: i32) -> i32 {
    let days = days - DAYS_TO_1970;
    // No year is longer than this, so the search begins too early, by 20 years at most.
    let mut year = (days + DAYS_TO_1970) / 366;
    while days_since_1970(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 12;
    while days_since_1970(year, month, 1) > days {
        month -= 1;
    }
    (year * 100 + month) * 100 + days - days_since_1970(year, month, 1) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_api_writes() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-03-15T10:30:00Z", 1_710_498_600_000),
            ("2023-08-21T08:25:25.930Z", 1_692_606_325_930),
            ("2024-02-29T23:59:59.9999999Z", 1_709_251_199_999),
            ("2024-03-15T16:00:00+05:30", 1_710_498_600_000),
            ("2024-03-15T09:30:00-01:00", 1_710_498_600_000),
            ("1969-12-31T23:59:59.5Z", -500),
            ("2030-01-01T00:00:00Z", 1_893_456_000_000),
        ] {
            assert_eq!(Timestamp::parse(text), Some(Timestamp(ms)), "{text}");
        }
    }

    #[test]
    fn refuses_what_names_no_instant() {
        for text in [
            "",
            "2024-03-15",
            "2024-03-15T10:30:00",
            "2024-03-15 10:30:00Z",
            "2024-02-30T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:60:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567890Z",
            "2024-01-01T00:00:00Zx",
            "2024-01-01T00:00:00+5",
            "2024-01-01T00:00:00+24:00",
            "+2024-01-01T00:00:00Z",
            "1710498600",
            "2024-1-1T00:00:00Z",
            "2024-01-01t00:00:00z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn dates() {
        for text in ["2024/02/29", "0000/01/01", "9999/12/31"] {
            assert!(is_date(text), "{text}");
        }
        for text in [
            "",
            "2023/02/29",
            "2024/00/01",
            "2024/13/01",
            "2024/01/00",
            "2024-01-01",
            "2024/1/1",
            "2024/01/011",
            "2024/01/01Z",
            "24/01/01",
            "2024/01/0é",
        ] {
            assert!(!is_date(text), "{text}");
        }
    }

    #[test]
    fn writes_what_it_reads_over_every_day_of_a_thousand_years() {
        let mut previous = Timestamp::parse("1599-12-31T00:00:00Z").unwrap().0;
        for _ in 0..366_000 {
            let next = previous + DAY_MS;
            let text = Timestamp(next + 123).to_iso();
            assert_eq!(Timestamp::parse(&text), Some(Timestamp(next + 123)), "{text}");
            previous = next;
        }
    }

    #[test]
    fn a_broken_clock_is_clamped() {
        assert_eq!(Timestamp(i64::MAX).to_iso(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Timestamp(i64::MIN).to_iso(), "0000-01-01T00:00:00.000Z");
    }
}
