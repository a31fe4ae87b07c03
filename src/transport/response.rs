//! What the headers and the body of a response mean.

use super::HttpResponse;
use crate::model::Timestamp;

/// The longest wait that is read: what a double holds exactly.
const LONGEST_WAIT_MS: u64 = 1 << 53;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl HttpResponse {
    /// Whether the body is declared as JSON: `application/json` or `application/…+json`, whatever its parameters.
    pub(crate) fn is_json(&self) -> bool {
        let essence = self.content_type.as_deref().unwrap_or_default().split([';']).next().unwrap_or_default();
        let essence = essence.trim_ascii().to_ascii_lowercase();
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
    }

    /// Takes the body, without a byte order mark; `None` where it is not UTF-8.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        let mut body = std::mem::take(&mut self.body);
        if body.starts_with(BYTE_ORDER_MARK) {
            body.drain(..BYTE_ORDER_MARK.len());
        }
        String::from_utf8(body).ok()
    }

    /// The milliseconds that the server asked to wait: `Retry-After` in whole seconds or as an HTTP date. `None` where the header is
    /// missing or means nothing.
    pub(crate) fn retry_after_ms(&self, now: Timestamp) -> Option<u64> {
        let header = self.retry_after.as_deref()?.trim_ascii();
        if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number too large for 64 bits is longer than anyone waits, too.
            let seconds = header.parse().unwrap_or(u64::MAX);
            return (!is_epoch(seconds)).then(|| seconds.saturating_mul(1000).min(LONGEST_WAIT_MS));
        }
        let ms = http_date(header)?.as_ms().saturating_sub(now.as_ms());
        u64::try_from(ms.max(0)).ok()
    }
}

/// Whether the number is a time on the clock rather than a wait: seconds or milliseconds since 1970, from 2001 on.
fn is_epoch(seconds: u64) -> bool {
    (1_000_000_000..10_000_000_000_000).contains(&seconds)
}

/// Parses `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110's IMF-fixdate; the two obsolete forms are not accepted).
fn http_date(text: &str) -> Option<Timestamp> {
    let mut parts = text.split([' ']);
    let [weekday, day, name, year, time, zone] = [(); 6].map(|()| parts.next().unwrap_or_default());
    let (_, month) = MONTHS.iter().find(|(month, _)| *month == name)?;
    let is_complete = weekday.ends_with(',') && zone == "GMT" && parts.next().is_none();
    Timestamp::parse(&[year, "-", month, "-", day, "T", time, "Z"].concat()).filter(|_| is_complete)
}

/// The months by their names in HTTP dates, with their numbers in ISO 8601.
const MONTHS: [(&str, &str); 12] = [
    ("Jan", "01"),
    ("Feb", "02"),
    ("Mar", "03"),
    ("Apr", "04"),
    ("May", "05"),
    ("Jun", "06"),
    ("Jul", "07"),
    ("Aug", "08"),
    ("Sep", "09"),
    ("Oct", "10"),
    ("Nov", "11"),
    ("Dec", "12"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_json_by_its_content_type() {
        let is_json = |content_type: &str| {
            HttpResponse { content_type: Some(content_type.to_owned()), ..HttpResponse::default() }.is_json()
        };
        for good in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json"] {
            assert!(is_json(good), "{good}");
        }
        for bad in ["", "text/json", "text/html; x=application/json", "application/jsonp", "image/svg+json"] {
            assert!(!is_json(bad), "{bad}");
        }
    }

    #[test]
    fn decodes_utf_8_only() {
        let text = |body: &[u8]| HttpResponse { body: body.to_vec(), ..HttpResponse::default() }.take_text();
        assert_eq!(text(b"\xef\xbb\xbf{}").as_deref(), Some("{}"));
        assert_eq!(text(b"\xff"), None);
    }

    #[test]
    fn reads_the_wait_that_the_server_asks_for() {
        let now = Timestamp::parse("1994-11-06T08:49:30Z").unwrap();
        for (header, expected) in [
            ("7", Some(7_000)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7_000)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 06 ov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT x", None),
            ("86400", Some(86_400_000)),
            ("999999999", Some(999_999_999_000)),
            ("1000000000", None),
            ("1796053437", None),
            ("1796053437000", None),
            ("99999999999999999999", Some(1 << 53)),
            ("1e3", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("", None),
        ] {
            let response = HttpResponse { retry_after: Some(header.to_owned()), ..HttpResponse::default() };
            assert_eq!(response.retry_after_ms(now), expected, "{header}");
        }
    }
}
