//! Instants: reading ISO 8601 dates as the API writes them, and writing them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::deserialize_string;
use crate::json::Value;
use crate::validate::{FromValue, Issues, Path, Rule, read_string};

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

const DAY_MS: i64 = 86_400_000;
/// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z.
const FIRST_MS: i64 = -62_167_219_200_000;
const LAST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// The instant so many seconds later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Parses `2024-03-15T10:30:00Z`, with an optional fraction of a second (1 to 9 digits) and `Z` or an offset (`+05:30`).
    /// A date without a time zone is not accepted: it names no instant.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = Digits(text.as_bytes());
        let year = rest.number(4)?;
        let month = rest.after(b'-')?.number(2)?;
        let day = rest.after(b'-')?.number(2)?;
        let hour = rest.after(b'T')?.number(2)?;
        let minute = rest.after(b':')?.number(2)?;
        let second = rest.after(b':')?.number(2)?;
        let fraction_ms = if rest.after(b'.').is_some() { rest.fraction_ms()? } else { 0 };
        let offset_minutes = rest.offset_minutes()?;
        let is_valid = is_day(year, month, day) && hour < 24 && minute < 60 && second < 60 && rest.0.is_empty();
        let seconds = (hour * 60 + minute - offset_minutes) * 60 + second;
        is_valid.then(|| Self(days_since_1970(year, month, day) * DAY_MS + seconds * 1000 + fraction_ms))
    }

    /// Writes `2024-03-15T10:30:00.000Z`. Years outside 0 to 9999 are clamped: they come from a broken clock.
    pub fn to_iso(self) -> String {
        let ms = self.0.clamp(FIRST_MS, LAST_MS);
        let (year, month, day) = date_of(ms.div_euclid(DAY_MS));
        let ms_of_day = ms.rem_euclid(DAY_MS);
        let seconds = ms_of_day / 1000;
        let mut iso = String::with_capacity(24);
        for (number, width, after) in [
            (year, 4, '-'),
            (month, 2, '-'),
            (day, 2, 'T'),
            (seconds / 3600, 2, ':'),
            (seconds / 60 % 60, 2, ':'),
            (seconds % 60, 2, '.'),
            (ms_of_day % 1000, 3, 'Z'),
        ] {
            let powers_of_ten = [1000, 100, 10, 1];
            let digits = powers_of_ten.iter().skip(powers_of_ten.len() - width).map(|power| number / power % 10);
            iso.extend(digits.map(|digit| char::from(b'0' + digit as u8)));
            iso.push(after);
        }
        iso
    }
}

/// Reads milliseconds since 1970, as options have them. Refuses a number that must be seconds or microseconds.
impl FromValue for Timestamp {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let ms = u64::from_value(value, path, issues)?.cast_signed();
        let is_in_ms = !SECONDS_SINCE_2001.contains(&ms) && ms <= LAST_MS;
        issues.require(is_in_ms, path, Rule::EpochMilliseconds);
        is_in_ms.then_some(Self(ms))
    }
}

/// As milliseconds, these are in the years 1970 to 1973; as seconds, from 2001 on.
const SECONDS_SINCE_2001: std::ops::Range<i64> = 1_000_000_000..100_000_000_000;

/// An instant in seconds since 1970, in the years 2001 to 9999: no credential expires earlier, and milliseconds are larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UnixSeconds(u64);

impl UnixSeconds {
    /// Returns `None` outside these years.
    pub fn new(seconds: u64) -> Option<Self> {
        let valid = SECONDS_SINCE_2001.start.cast_unsigned()..=LAST_MS.cast_unsigned() / 1000;
        valid.contains(&seconds).then_some(Self(seconds))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl FromValue for UnixSeconds {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let rule = if value.is_some() { Rule::EpochSeconds } else { Rule::Required };
        let seconds = u64::from_value(value, path, &mut Issues::default()).and_then(Self::new);
        issues.require(seconds.is_some(), path, rule);
        seconds
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_iso())
    }
}

/// A date and time as the API wrote it, and the instant that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsoTimestamp {
    text: String,
    instant: Timestamp,
}

impl IsoTimestamp {
    /// Parses as [`Timestamp::parse`] does.
    ///
    /// # Errors
    /// [`Rule::Timestamp`].
    pub fn parse(text: impl Into<String>) -> Result<Self, Rule> {
        let text = text.into();
        let instant = Timestamp::parse(&text).ok_or(Rule::Timestamp)?;
        Ok(Self { text, instant })
    }

    /// The string of the response.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The instant.
    pub fn instant(&self) -> Timestamp {
        self.instant
    }
}

impl<'de> Deserialize<'de> for IsoTimestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_string(deserializer, Rule::Timestamp, &|text| Self::parse(text).ok())
    }
}

impl FromValue for IsoTimestamp {
    fn from_value(value: Option<&Value>, path: &Path<'_>, issues: &mut Issues) -> Option<Self> {
        let is_timestamp = |text: &str| Timestamp::parse(text).is_some();
        let text = read_string(value, Rule::Timestamp, is_timestamp, path, issues)?;
        Self::parse(text).ok()
    }
}

impl Serialize for IsoTimestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// The rest of a date while it is parsed.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    /// Steps over the byte, if it is next.
    fn after(&mut self, byte: u8) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(self)
    }

    /// A number of exactly so many digits.
    fn number(&mut self, width: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(width)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
    }

    /// Milliseconds of a fraction of a second of 1 to 9 digits.
    fn fraction_ms(&mut self) -> Option<i64> {
        let width = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=9).contains(&width) {
            return None;
        }
        let mut nanoseconds = self.number(width)?;
        for _ in width..9 {
            nanoseconds *= 10;
        }
        Some(nanoseconds / 1_000_000)
    }

    /// `Z`, or an offset such as `+05:30`.
    fn offset_minutes(&mut self) -> Option<i64> {
        if self.after(b'Z').is_some() {
            return Some(0);
        }
        let sign = if self.after(b'+').is_some() { 1 } else { -1 };
        if sign < 0 {
            self.after(b'-')?;
        }
        let hours = self.number(2)?;
        let minutes = self.after(b':')?.number(2)?;
        (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
    }
}

fn is_day(year: i64, month: i64, day: i64) -> bool {
    (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar since 1970-01-01, by Howard Hinnant's `days_from_civil`: years begin in March,
/// so that the leap day is the last of a year, and repeat every 400 years.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day; the inverse (`civil_from_days`).
fn date_of(days_since_1970: i64) -> (i64, i64, i64) {
    let days = days_since_1970 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
