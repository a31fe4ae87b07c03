//! Owns the browser's side of a verification: asking a verifying service, and believing its answer only where it is
//! about the credential asked for and agrees with itself. What the answer says was decided where the token is.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use crate::client::{Fault, Outgoing};
use crate::credential_url::{InputKind, Subject, links_to};
use crate::error::{Class, Error, Failure};
use crate::json::Value;
use crate::json_writer::JsonWriter;
use crate::response::{Incoming, is_json};
use crate::retry::retry_after_ms;
use crate::rules;
use crate::settings::{Settings, is_base_url, is_made_of};
use crate::shape;
use crate::shape::{Issue, Rule};
use crate::text::{self, Text};
use crate::timestamp::Timestamp;
use crate::verification::{CheckId, Code, NEVER, Outcome, Policy, Reason, State, Verdict};
use crate::verification::{is_word, required_checks, time, unreachable, word_of};

const OPERATION: &str = "verify";

const VERIFICATION: &str = shape!({
    schema: (| "hyperstack-verify/1"),
    outcome: (| outcomes!()),
    verdict: (| verdicts!()),
    reason= (| reasons!()),
    retryable: boolean,
    retry_after_s= count,
    checks: [{ id: (| check_ids!()), state: (| states!()), code: filled, params: {} }],
    subject: { input_kind: (| "url id"), id= text, canonical_url= text },
    credential= {
        document_id: filled,
        document_url: text,
        recipient= { name: text },
        group: { title= text, code= text },
        issued_on: time,
        valid_until= time,
        status: filled,
        privacy= text,
        metadata: {},
    },
    withheld: [text],
    checked_at: time,
    now_source: (| "system option"),
    issuer_label= text,
    verifier: { name: text, version: text },
    policy: { hosts: [text], skew_s: count, private: (| "withhold") },
});

/// Checks that `text` is a verification of `subject` that agrees with itself. `Err` names what it breaks first.
pub(crate) fn accept(
    text: &str,
    subject: &Subject,
    recipient_asked: bool,
    now: Timestamp,
) -> Result<Outcome, Vec<Issue>> {
    let mut issues = rules::findings(text, VERIFICATION);
    if issues.is_empty() {
        match agrees(Value::checked(text), subject, recipient_asked, now) {
            Ok(outcome) => return Ok(outcome),
            Err(path) => issues.push(Issue::new(path, Rule::Inconsistent)),
        }
    }
    Err(issues)
}

/// A verification of the right shape that is looked at, and the path of the first contradiction found in it.
struct Claim<'a> {
    body: Value<'a>,
    contradiction: &'static str,
}

impl Claim<'_> {
    #[inline(never)]
    fn insist(&mut self, holds: bool, path: &'static str) {
        if !holds && self.contradiction.is_empty() {
            self.contradiction = path;
        }
    }

    /// The same of what stands at the path.
    #[inline(never)]
    fn insist_is(&mut self, path: &'static str, text: &str) {
        self.insist(self.body.get(path).is(text), path);
    }

    /// Whether this word stands at the path.
    #[inline(never)]
    fn says(&self, path: &str, word: u8) -> bool {
        is_word(self.body.get(path), word)
    }

    #[inline(never)]
    fn insist_says(&mut self, path: &'static str, word: u8) {
        self.insist(self.says(path, word), path);
    }

    /// A link that is shown as this credential's must lead to it.
    fn insist_leads(&mut self, path: &'static str, id: &str) {
        self.insist(self.body.get(path).string().is_some_and(|url| links_to(url, id)), path);
    }

    #[inline(never)]
    fn is_null(&self, path: &str) -> bool {
        self.body.get(path).is_null()
    }

    fn time(&self, path: &str) -> i64 {
        time(self.body.get(path))
    }
}

/// What a verification of the right shape says, if it agrees with itself and with the question; else where it does not.
fn agrees(body: Value<'_>, subject: &Subject, recipient_asked: bool, now: Timestamp) -> Result<Outcome, &'static str> {
    let mut claim = Claim { body, contradiction: "" };
    let outcome = if claim.says("verdict", Verdict::Valid.word()) {
        Outcome::Verified
    } else if claim.says("verdict", Verdict::Indeterminate.word()) {
        Outcome::Indeterminate
    } else {
        Outcome::NotVerified
    };
    claim.insist_says("outcome", outcome.word());
    claim.insist(claim.is_null("reason") == (outcome != Outcome::Indeterminate), "reason");
    claim.insist_is("subject.id", subject.id);
    claim.insist_says("subject.input_kind", subject.kind.code() as u8);
    match subject.kind {
        InputKind::Url => claim.insist_is("subject.canonical_url", subject.canonical_url),
        // Which host stands for a bare id is the service's to know.
        InputKind::Id => claim.insist_leads("subject.canonical_url", subject.id),
    }

    // The checks are numbered as their names among the words are; behind the last comes none that the shape admits.
    let mut number = 0;
    let mut in_order = true;
    let (mut passed, mut states) = (0, 0_u32);
    let mut active = false;
    for check in body.get("checks").items() {
        in_order &= is_word(check.get("id"), number);
        let state = word_of(check.get("state"), State::Pass.word(), State::Skipped.word());
        states |= 1 << state;
        if state == State::Pass.word() {
            passed |= 1_u32.wrapping_shl(number.into());
        }
        active |= number == CheckId::Status as u8 && is_word(check.get("code"), Code::Active as u8);
        number = number.wrapping_add(1);
    }
    let failed = states & 1 << State::Fail.word() != 0;
    let errors = states & 1 << State::Error.word() != 0;
    claim.insist(in_order && usize::from(number) == CheckId::EACH.len(), "checks");

    let shown = !claim.is_null("credential");
    if shown {
        claim.insist_is("credential.document_id", subject.id);
        claim.insist_leads("credential.document_url", subject.id);
    }
    let fine = match outcome {
        Outcome::Verified => {
            required_checks(subject.kind, recipient_asked) & !passed == 0 && !failed && !errors && active
        }
        Outcome::NotVerified => failed,
        Outcome::Indeterminate => errors && !shown,
    };
    claim.insist(fine, "checks");
    if outcome == Outcome::Verified {
        in_force(&mut claim, now);
    }
    if claim.contradiction.is_empty() { Ok(outcome) } else { Err(claim.contradiction) }
}

/// Whether a yes is one at the instant it names, and that instant is today's.
fn in_force(claim: &mut Claim<'_>, now: Timestamp) {
    claim.insist_says("credential.status", Code::Active as u8);
    // A count is below 2^53, so none of these sums is too large for 63 bits.
    let skew = claim.body.get("policy.skew_s").integer().unwrap_or(0) * 1000;
    let checked_at = claim.time("checked_at");
    // A day, because the clocks of people's devices are wrong more often than an answer is an old one.
    claim.insist(checked_at.abs_diff(now.0) <= MAX_AGE_MS, "checked_at");
    let until = claim.time("credential.valid_until");
    let over = until != NEVER && until + skew < checked_at;
    claim.insist(!over, "credential.valid_until");
    let early = claim.time("credential.issued_on") > checked_at + skew;
    claim.insist(!early, "credential.issued_on");
    if !claim.is_null("credential.recipient") {
        claim.insist(claim.body.get("credential.recipient.email").is_missing(), "credential.recipient");
        claim.insist(claim.says("credential.privacy", Code::Public as u8), "credential.recipient");
    }
}

/// Older than this, a yes is somebody's stored one: it may have been revoked since.
const MAX_AGE_MS: u64 = 24 * 60 * 60 * 1000;

/// A verification is some 3 KB; more than this is none.
const MAX_VERIFICATION_BYTES: i64 = 64 * 1024;

/// A question to a verifying service.
#[derive(Debug)]
pub(crate) struct Question {
    endpoint: Text,
    body: Text,
    settings: Box<Settings>,
}

impl Question {
    pub(crate) fn new(endpoint: Text, subject: &Subject, policy: &Policy, mut settings: Box<Settings>) -> Self {
        settings.max_response_bytes = settings.max_response_bytes.min(MAX_VERIFICATION_BYTES);
        let mut writer = JsonWriter::default();
        writer.object(|json| {
            // The cleaned link or the bare id, never the pasted text with whatever stands behind `?` and `#`.
            match subject.kind {
                InputKind::Url => json.text("input", subject.canonical_url),
                InputKind::Id => json.text("input", subject.id),
            }
            json.text_if("recipient_name", policy.recipient_name);
        });
        Self { endpoint, body: writer.into_text(), settings }
    }

    pub(crate) fn request(&self) -> Outgoing<'_> {
        Outgoing {
            method: "POST",
            url: self.endpoint,
            token: None,
            settings: &self.settings,
            body: Some(self.body),
            timeout_ms: self.settings.timeout_ms.min(self.settings.total_timeout_ms),
        }
    }
}

/// The verification as JSON text: the service's own where it can be believed, else one made here that says why nothing
/// can be said.
pub(crate) fn believe(
    subject: &Subject,
    result: Result<Box<Incoming<'_>>, Fault>,
    policy: &Policy,
    now_ms: i64,
) -> Result<Text, Failure> {
    let now = policy.now(now_ms);
    let mut error = Error::new(Class::Response, "", OPERATION, "");
    let reason = match result {
        Err(Fault::Aborted) => return Err(Failure::Aborted),
        Err(Fault::Timeout) => Reason::Timeout,
        Err(Fault::Lost(_)) => Reason::Network,
        Err(Fault::TooLarge) => Reason::BodyTooLarge,
        Err(Fault::Redirect { status }) => {
            error.status = Some(status);
            Reason::UpstreamRedirect
        }
        Ok(incoming) => {
            let declared = incoming.content_type.is_some_and(is_json);
            let text = incoming.body.filter(|_| declared);
            let body = text.and_then(|text| Value::parse(text).ok());
            // A fault's problem document carries the whole verification as a member, so that nothing is lost.
            let conclusive = incoming.status == 200;
            let verification = body.map(|body| if conclusive { body } else { body.get("verification") });
            if let Some(verification) = verification.filter(|verification| !verification.is_missing()) {
                let text = verification.text();
                error.issues = match accept(text, subject, policy.recipient_name.is_some(), now) {
                    // A yes or no comes with 200; on anything else it contradicts its own envelope.
                    Ok(outcome) if conclusive != (outcome == Outcome::Indeterminate) => return Ok(text::keep(text)),
                    Ok(_) => vec![Issue::new("outcome", Rule::Inconsistent)],
                    Err(issues) => issues,
                };
            }
            error.status = Some(incoming.status);
            let header = incoming.retry_after;
            error.retry_after_ms = header.and_then(|header| retry_after_ms(header, now_ms));
            match incoming.status {
                401 => Reason::Unauthorized,
                403 => Reason::Forbidden,
                429 => Reason::RateLimited,
                500.. => Reason::Upstream5xx,
                _ if !declared => Reason::BadContentType,
                _ if body.is_none() => Reason::BadJson,
                _ => Reason::BadShape,
            }
        }
    };
    Ok(unreachable(subject, reason, &error, now).to_json(policy))
}

pub(crate) fn check_endpoint(endpoint: &str) -> Result<(), Box<Error>> {
    if is_endpoint(endpoint) { Ok(()) } else { Err(Error::invalid_at(OPERATION, "endpoint", Rule::Endpoint)) }
}

fn is_endpoint(endpoint: &str) -> bool {
    let path = endpoint
        .strip_prefix('/')
        .is_some_and(|rest| !rest.starts_with('/') && is_made_of(rest, 0, usize::MAX, b"-9AZ__az~~"));
    path || is_base_url(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::SCHEMA;

    #[test]
    fn the_shape_can_be_read_as_a_whole() {
        rules::assert_readable(VERIFICATION);
        assert!(VERIFICATION.starts_with(&["{schema:|", SCHEMA, ":s}"].concat()));
    }
}
