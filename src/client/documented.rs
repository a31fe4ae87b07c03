//! The numbers of `docs/retries.md`. Those of the JavaScript package are compared by `tests/node/retries.test.mjs`.

use super::{Limits, reconcile, retry};

const PAGE: &str = include_str!("../../docs/retries.md");

/// Groups the digits as the page does.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn milliseconds(number: u64) -> String {
    grouped(number) + " ms"
}

#[test]
fn the_table_of_values_begins_with_those_of_the_client() {
    let rows = PAGE.lines().skip_while(|line| !line.starts_with("| what |")).skip(2);
    let values: Vec<String> = rows
        .take_while(|line| line.starts_with('|'))
        .map(|row| row.split('|').nth(2).expect("a second column").trim().to_owned())
        .collect();
    let limits = Limits::default();
    let expected = [
        milliseconds(limits.timeout_ms),
        milliseconds(limits.total_timeout_ms),
        grouped(limits.max_retries.into()),
        milliseconds(retry::FIRST_BACKOFF_MS),
        milliseconds(retry::LONGEST_BACKOFF_MS),
        milliseconds(retry::LONGEST_WAIT_MS),
        milliseconds(reconcile::SKEW_MS.unsigned_abs()),
        grouped(reconcile::MAX_PAGES),
        grouped(retry::QUOTA.into()),
        grouped(retry::RETRY_COST.into()),
        grouped(retry::MIN_REFUND.into()),
    ];
    assert_eq!(values.get(..expected.len()), Some(expected.as_slice()));
}

#[test]
fn the_text_repeats_the_values() {
    let text = PAGE.split_whitespace().collect::<Vec<_>>().join(" ");
    for number in [retry::FIRST_BACKOFF_MS, retry::LONGEST_BACKOFF_MS, retry::LONGEST_WAIT_MS] {
        assert!(text.matches(&milliseconds(number)).count() >= 2, "{number}");
    }
}
