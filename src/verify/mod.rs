//! Verification: computes the verdict for a credential link or id.
//!
//! A verdict means: the issuer's Hyperstack account says so, queried at `checked_at` over TLS. The response carries no signature, and
//! the token sees one organisation's credentials only: "not found" means "not in this issuer's account", never "fake".
//!
//! [`verify`] is these steps:
//!
//! 1. `link` parses the input. Input that is not a credential link or id is never sent anywhere.
//! 2. `lookup` reads what the account responded, or why it did not.
//! 3. `checks` runs every check on that, one function each.
//! 4. `decision` decides what the checks amount to.
//! 5. `disclosure` selects what may be shown of the credential.
//! 6. `report` puts it together.
//!
//! `remote` is the browser side: it sends a request to a verify service, and accepts its report only if that is about the credential
//! in question and consistent.
//!
//! # Adding a check
//!
//! 1. Its id: a variant of [`CheckId`] at its place in the report and in [`CheckId::ADDED_LATER`], and its codes in [`Code`]
//!    (`check.rs`).
//! 2. One function in `checks.rs`. The compiler then requires a line in `checks::run`, which calls it, and one in
//!    `Requirements::include` (`decision.rs`), which says whether it must pass. If it can fail, `decision::failed_with` says with
//!    which verdict; until then no credential that fails it is valid.
//! 3. Its texts, by id and code, in the texts of the page and the element.
//!
//! Older readers accept the new report (`remote`): a check that they do not know may pass, warn or be skipped. Newer readers accept the
//! reports and receipts of older services: a check of [`CheckId::ADDED_LATER`] may be missing there.

pub mod check;
mod checks;
mod decision;
mod disclosure;
pub mod link;
mod lookup;
mod policy;
pub mod remote;
mod report;
mod words;

pub use check::{Check, CheckId, Code, FailureParams, Params, Reason, State};
pub use decision::{Outcome, Verdict};
pub use link::{InputKind, ParseCode, ParsedLink, Subject};
pub use policy::{Policy, read_hosts};
pub use remote::{ParseJson, RemoteConfig, RemoteVerification, verify_remote};
pub use report::{
    NowSource, PrivatePolicy, ReportPolicy, ReportSubject, Schema, ShownCredential, ShownGroup, ShownMetadata,
    ShownRecipient, Verification, VerifierVersion, Withheld,
};

use checks::Evidence;
use decision::{Decision, Requirements};
use disclosure::Disclosure;
use lookup::{CredentialResponse, Failure, Lookup};
use report::ReportParts;

use crate::api::ViewCredential;
use crate::client::{CallOptions, Client, LimitOptions, Response};
use crate::error::Error;
use crate::model::{Credential, DocumentId, Timestamp};
use crate::transport::Transport;

/// The name of the call, as errors and events have it.
const OPERATION: &str = "verify";

/// A credential is below 2 KB; a larger response is not one to `credentials.view`.
const MAX_RESPONSE_BYTES: u64 = 64 * 1024;

/// Verifies a credential link or id: queries the issuer's account and computes the verdict.
///
/// Whatever goes wrong with the lookup is an `indeterminate` report with its reason, not an error.
///
/// # Errors
/// A `Validation` error of the lookup, e.g. for a token that cannot be sent in a header.
pub async fn verify<T: Transport>(
    client: &Client<T>,
    input: &str,
    policy: &Policy,
    options: &CallOptions,
) -> Result<Verification, Error> {
    let now = || policy.now.unwrap_or_else(|| client.transport().now());
    let subject = match link::parse(input, &policy.hosts) {
        Ok(subject) => subject,
        Err(code) => return Ok(reject(code, policy, now())),
    };
    let response = look_up(client, &subject.id, options).await;
    let lookup = Lookup::of(response.as_ref().map(CredentialResponse::from))?;
    // The time is read after the response: the verdict is about the instant of the response.
    Ok(decide(&subject, &lookup, policy, now()))
}

/// Looks up a credential in the issuer's account.
async fn look_up<T: Transport>(
    client: &Client<T>,
    id: &DocumentId,
    options: &CallOptions,
) -> Result<Response<Credential>, Error> {
    let allowed = client.config().limits.with(&options.limits).max_response_bytes;
    let max_response_bytes = Some(allowed.min(MAX_RESPONSE_BYTES));
    let limits = LimitOptions { max_response_bytes, ..options.limits };
    let options = CallOptions { limits, ..options.clone() };
    client.lookup(&ViewCredential { document_id: id.clone() }, &options).await
}

impl<'a> From<&'a Response<Credential>> for CredentialResponse<'a> {
    fn from(response: &'a Response<Credential>) -> Self {
        Self { credential: &response.data, status: response.status, age: response.age.as_deref() }
    }
}

/// Computes the report from the response of the account. The same arguments always give the same report.
fn decide(subject: &Subject, lookup: &Lookup<'_>, policy: &Policy, now: Timestamp) -> Verification {
    let evidence = Evidence { subject, lookup, policy, now };
    let checks = checks::run_all(&evidence);
    let decision = Decision::of(&checks, evidence.requirements());
    let disclosure = match (decision, evidence.known_credential()) {
        (Decision::Verified | Decision::NotVerified(_), Some(credential)) => {
            disclosure::disclose(credential, subject, policy)
        }
        (_, None) | (Decision::Indeterminate(_), _) => Disclosure::default(),
    };
    let retry_after_s = lookup.failure().and_then(|failure| failure.retry_after_s);
    Verification::new(ReportParts { decision, checks, subject: Some(subject), disclosure, retry_after_s, policy, now })
}

/// Computes the report for input that does not name a credential on a trusted host.
fn reject(code: ParseCode, policy: &Policy, now: Timestamp) -> Verification {
    without_credential(Err(code), None, policy, now)
}

/// Computes the report for a credential about which nothing was learned.
fn fail(subject: &Subject, failure: Failure, policy: &Policy, now: Timestamp) -> Verification {
    without_credential(Ok(subject), Some(&Lookup::failed(failure)), policy, now)
}

fn without_credential(
    input: Result<&Subject, ParseCode>,
    lookup: Option<&Lookup<'_>>,
    policy: &Policy,
    now: Timestamp,
) -> Verification {
    let finding = |id: CheckId| checks::run_without_credential(id, input, lookup);
    let checks: Vec<_> = CheckId::ALL.iter().map(|id| Check::new(*id, finding(*id))).collect();
    let subject = input.ok();
    let input_kind = subject.map_or(InputKind::Url, |subject| subject.kind);
    Verification::new(ReportParts {
        decision: Decision::of(
            &checks,
            Requirements { input: input_kind, recipient_match: policy.recipient_name.is_some() },
        ),
        checks,
        subject,
        disclosure: Disclosure::default(),
        retry_after_s: lookup.and_then(Lookup::failure).and_then(|failure| failure.retry_after_s),
        policy,
        now,
    })
}

#[cfg(test)]
mod tests;
