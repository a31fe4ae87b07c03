//! Owns the browser's side of a verification: asking a verifying service, and believing its answer only where it is
//! about the credential asked for and agrees with itself. What the answer says was decided where the token is.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::client::{Fault, Outgoing};
use crate::credential_url::{InputKind, Subject, links_to};
use crate::error::{Class, Error, Failure};
use crate::json::{self, Value};
use crate::json_writer::JsonWriter;
use crate::response::{Incoming, is_json};
use crate::retry::retry_after_ms;
use crate::settings::{Settings, is_base_url, only};
use crate::shape::{self, Issue, Kind, Object, Rule, answer, nullable, required};
use crate::text::{self, Text};
use crate::timestamp::Timestamp;
use crate::verification::{CheckId, Outcome, Policy, REQUIRED, Reason, SCHEMA, State, Verdict, unreachable};

const OPERATION: &str = "verify";

static CHECK: Object = answer(&[
    required("id", Kind::OneOf(CheckId::ALL)),
    required("state", Kind::OneOf(State::ALL)),
    required("code", Kind::Filled),
    required("params", Kind::Map { keys: None, values: &Kind::Any }),
]);

static CREDENTIAL: Object = answer(&[
    required("document_id", Kind::Filled),
    required("document_url", Kind::Text),
    nullable("recipient", Kind::Object(&answer(&[required("name", Kind::Text)]))),
    required("group", Kind::Object(&answer(&[nullable("title", Kind::Text), nullable("code", Kind::Text)]))),
    required("issued_on", Kind::Time),
    nullable("valid_until", Kind::Time),
    required("status", Kind::Filled),
    nullable("privacy", Kind::Text),
    required("metadata", Kind::Map { keys: None, values: &Kind::Any }),
]);

static VERIFICATION: Object = answer(&[
    required("schema", Kind::OneOf(&[SCHEMA])),
    required("outcome", Kind::OneOf(Outcome::ALL)),
    required("verdict", Kind::OneOf(Verdict::ALL)),
    nullable("reason", Kind::OneOf(Reason::ALL)),
    required("retryable", Kind::Bool),
    nullable("retry_after_s", Kind::Count),
    required("checks", Kind::List(&Kind::Object(&CHECK))),
    required(
        "subject",
        Kind::Object(&answer(&[
            required("input_kind", Kind::OneOf(&["url", "id"])),
            nullable("id", Kind::Text),
            nullable("canonical_url", Kind::Text),
        ])),
    ),
    nullable("credential", Kind::Object(&CREDENTIAL)),
    required("withheld", Kind::List(&Kind::Text)),
    required("checked_at", Kind::Time),
    required("now_source", Kind::OneOf(&["system", "option"])),
    nullable("issuer_label", Kind::Text),
    required("verifier", Kind::Object(&answer(&[required("name", Kind::Text), required("version", Kind::Text)]))),
    required(
        "policy",
        Kind::Object(&answer(&[
            required("hosts", Kind::List(&Kind::Text)),
            required("skew_s", Kind::Count),
            required("private", Kind::OneOf(&["withhold"])),
        ])),
    ),
]);

/// Checks that `text` is a verification of `subject` that agrees with itself. `Err` names what it breaks.
pub(crate) fn accept(text: &str, subject: &Subject, recipient_asked: bool, now: Timestamp) -> Result<Outcome, Issue> {
    if let Some(first) = shape::findings(text, &VERIFICATION).into_iter().next() {
        return Err(first);
    }
    let body = Value::checked(text);
    agrees(body, subject, recipient_asked, now).map_err(|path| Issue::new(path, Rule::Inconsistent))
}

/// The path of a contradiction, where something does not hold.
fn insist(holds: bool, path: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(path) }
}

/// What a verification of the right shape says, if it agrees with itself and with the question.
fn agrees(body: Value<'_>, subject: &Subject, recipient_asked: bool, now: Timestamp) -> Result<Outcome, &'static str> {
    let verdict = body.get("verdict");
    let outcome = if verdict.is(Verdict::Valid.name()) {
        Outcome::Verified
    } else if verdict.is(Verdict::Indeterminate.name()) {
        Outcome::Indeterminate
    } else {
        Outcome::NotVerified
    };
    insist(body.get("outcome").is(outcome.name()), "outcome")?;
    insist(body.get("reason").is_null() == (outcome != Outcome::Indeterminate), "reason")?;
    insist(body.get("subject.id").is(subject.id), "subject.id")?;
    insist(body.get("subject.input_kind").is(subject.kind.code()), "subject.input_kind")?;

    // A link that is shown as this credential's must lead to it.
    let leads = |path: &str| body.get(path).string().is_some_and(|url| links_to(url, subject.id));
    let canonical = "subject.canonical_url";
    let bound = match subject.kind {
        InputKind::Url => body.get(canonical).is(subject.canonical_url()),
        // Which host stands for a bare id is the service's to know.
        InputKind::Id => leads(canonical),
    };
    insist(bound, canonical)?;

    let checks: Vec<Value<'_>> = body.get("checks").items().collect();
    let in_order =
        checks.len() == CheckId::ALL.len() && checks.iter().zip(CheckId::ALL).all(|(check, id)| check.get("id").is(id));
    insist(in_order, "checks")?;
    let says = |check: &Value<'_>, state: State| check.get("state").is(state.name());
    let passed = |id: CheckId| checks.get(id as usize).is_some_and(|check| says(check, State::Pass));
    let any = |state: State| checks.iter().any(|check| says(check, state));

    let credential = body.get("credential");
    let shown = !credential.is_null();
    insist(!shown || credential.get("document_id").is(subject.id), "credential.document_id")?;
    insist(!shown || leads("credential.document_url"), "credential.document_url")?;
    let fine = match outcome {
        Outcome::Verified => {
            REQUIRED.into_iter().all(passed)
                && (subject.kind == InputKind::Id || passed(CheckId::HostTrusted))
                && (!recipient_asked || passed(CheckId::RecipientMatch))
                && !any(State::Fail)
                && !any(State::Error)
                && checks.get(CheckId::Status as usize).is_some_and(|check| check.get("code").is("active"))
        }
        Outcome::NotVerified => any(State::Fail),
        Outcome::Indeterminate => any(State::Error) && !shown,
    };
    insist(fine, "checks")?;
    if outcome == Outcome::Verified {
        in_force(body, now)?;
    }
    Ok(outcome)
}

/// Whether a yes is one at the instant it names, and that instant is today's.
fn in_force(body: Value<'_>, now: Timestamp) -> Result<(), &'static str> {
    let time = |path: &str| body.get(path).string().and_then(Timestamp::parse).map(|time| time.0);
    insist(body.get("credential.status").is("active"), "credential.status")?;
    let skew = body.get("policy.skew_s").integer().unwrap_or(0).saturating_mul(1000);
    let checked_at = time("checked_at").unwrap_or(0);
    // A day, because the clocks of people's devices are wrong more often than an answer is an old one.
    insist((checked_at - now.0).abs() <= MAX_AGE_MS, "checked_at")?;
    let over = time("credential.valid_until").is_some_and(|until| until.saturating_add(skew) < checked_at);
    insist(!over, "credential.valid_until")?;
    let early = time("credential.issued_on").is_none_or(|issued| issued > checked_at.saturating_add(skew));
    insist(!early, "credential.issued_on")?;
    let nobody = body.get("credential.recipient").is_null();
    let bare = body.get("credential.recipient.email").is_missing();
    insist(nobody || (bare && body.get("credential.privacy").is("public")), "credential.recipient")
}

/// Older than this, a yes is somebody's stored one: it may have been revoked since.
const MAX_AGE_MS: i64 = 24 * 60 * 60 * 1000;

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
                InputKind::Url => json.text("input", subject.canonical_url()),
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
            let text = json::text_of(incoming.body).ok().filter(|_| declared);
            let body = text.and_then(|text| Value::parse(text).ok());
            // A fault's problem document carries the whole verification as a member, so that nothing is lost.
            let conclusive = incoming.status == 200;
            let verification = body.map(|body| if conclusive { body } else { body.get("verification") });
            if let Some(verification) = verification.filter(|verification| !verification.is_missing()) {
                let text = verification.text();
                let issue = match accept(text, subject, policy.recipient_name.is_some(), now) {
                    // A yes or no comes with 200; on anything else it contradicts its own envelope.
                    Ok(outcome) if conclusive != (outcome == Outcome::Indeterminate) => return Ok(text::keep(text)),
                    Ok(_) => Issue::new("outcome", Rule::Inconsistent),
                    Err(issue) => issue,
                };
                error.issues.push(issue);
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
    let path = endpoint.strip_prefix('/').is_some_and(|rest| !rest.starts_with('/') && only(rest, "-._~/"));
    path || is_base_url(endpoint)
}
