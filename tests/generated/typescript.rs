//! Writes `pkg-template/src/types.ts`.

mod syntax;

use std::collections::BTreeSet;

use hyperstack_credentials::api::{self, Endpoint, OPERATIONS};
use hyperstack_credentials::client;
use hyperstack_credentials::model::{self, CredentialStatus};
use hyperstack_credentials::verify::{self, CheckId, Outcome, Verdict};
use syntax::{Declaration, Field, Style};
use ts_rs::{Config, TS, TypeVisitor};

use crate::{COMMAND, compare};

#[test]
fn the_committed_types_are_those_of_rust() {
    compare("pkg-template/src/types.ts", &file());
}

/// What a type is used for decides how it looks.
#[derive(Clone, Copy, PartialEq)]
enum Usage {
    /// Callers write it: arrays are readonly, optional fields accept `undefined`.
    Request,
    /// The API writes it: members that this version does not know are kept.
    Response,
    /// This package writes it.
    Result,
}

/// The file while it is written: each type is declared once, followed by the types that its fields name.
struct File {
    config: Config,
    text: String,
    /// The category of the API reference.
    category: &'static str,
    declared: BTreeSet<String>,
    /// The operations whose responses are declared.
    operations: Vec<&'static str>,
}

impl File {
    fn section(&mut self, title: &str, category: &'static str) {
        self.category = category;
        let rule = "-".repeat(70 - title.len());
        self.text.extend(["/* ", &rule, " ", title, " */\n\n"]);
    }

    /// Declares what a call takes, as Rust names it.
    fn request<T: TS + 'static>(&mut self) {
        self.declare::<T>(Usage::Request);
    }

    /// Declares what a call returns.
    fn response<E: Endpoint<Response: TS + 'static>>(&mut self) {
        self.operations.push(E::NAME);
        self.declare::<E::Response>(Usage::Response);
    }

    fn declare<T: TS + 'static + ?Sized>(&mut self, usage: Usage) {
        if T::output_path().is_none() || !self.declared.insert(T::ident(&self.config)) {
            return;
        }
        let name = T::ident(&self.config);
        let docs = syntax::docs_of(&T::docs().unwrap_or_else(|| panic!("{name} has no documentation")));
        let body = T::inline(&self.config);
        match syntax::fields_of(&body) {
            Some(fields) if name == "Credential" => self.credential(&fields),
            Some(fields) if name == "Verification" => self.verification(docs, fields),
            Some(fields) => self.push(Declaration::interface(&name, docs, fields), usage),
            None if name == "HyperstackEvent" => self.event(docs, &body),
            None => self.push(Declaration::alias(&name, docs, &body), usage),
        }
        // ts-rs visits in no fixed order.
        let mut dependencies = Dependencies { config: &self.config, found: Vec::new() };
        T::visit_dependencies(&mut dependencies);
        let mut found = dependencies.found;
        found.sort_by_key(|(name, _)| (body.find(name.as_str()), name.clone()));
        for (_, declare) in found {
            declare(self, usage);
        }
    }

    /// Rust reads every credential as one type; TypeScript has one for each call, by the fields that depend on the call.
    fn credential(&mut self, fields: &[Field]) {
        let (varying, fixed): (Vec<&Field>, _) =
            fields.iter().partition(|field| ["success", "status"].contains(&&*field.name));
        let [success, status] = &varying[..] else { panic!("a credential has no success and status") };
        let success = Field {
            docs: vec!["Always `true`: any other response is an error.".to_owned()],
            is_optional: false,
            ..(*success).clone()
        };
        let status =
            |name: &str, docs: &str| Field { docs: vec![docs.to_owned()], ty: name.to_owned(), ..(*status).clone() };
        let fixed: Vec<Field> = fixed.into_iter().cloned().collect();
        let mut common =
            Declaration::interface("CredentialFields", vec!["The fields that every credential has.".to_owned()], fixed);
        common.is_exported = false;
        self.push(common, Usage::Response);
        for (name, docs, base, fields) in [
            (
                "CredentialRecord",
                "A credential as lists and searches hold it.",
                "CredentialFields",
                vec![status(
                    "LifecycleStatus",
                    "Lifecycle status at the time of the response. The dates may say more: see `verify`.",
                )],
            ),
            ("Credential", "A credential as `credentials.view` returns it.", "CredentialRecord", vec![success.clone()]),
            (
                "DraftCredential",
                "A credential as `generate` and `issue` return it.",
                "CredentialFields",
                vec![
                    success,
                    reconciled("this is the credential that was found in the account"),
                    status(
                        "PublicationStatus",
                        "`draft` after `generate`, `published` after `issue`. A reconciled one has the status that the account's search returned.",
                    ),
                ],
            ),
        ] {
            let mut variant = Declaration::interface(name, vec![docs.to_owned()], fields);
            variant.base = Some(base.to_owned());
            self.push(variant, Usage::Result);
        }
        self.alias("IssuedCredential", "What `credentials.issue` returns.", "DraftCredential");
        let (publication, lifecycle): (Vec<&str>, Vec<&str>) = CredentialStatus::KNOWN.iter().partition(|status| {
            matches!(CredentialStatus::from(**status), CredentialStatus::Draft | CredentialStatus::Published)
        });
        self.alias(
            "PublicationStatus",
            "Publication status, in the responses of `generate` and `issue`.",
            &open_enum(&publication),
        );
        self.alias(
            "LifecycleStatus",
            "Lifecycle status, in the responses of `view`, `list` and `search`.",
            &open_enum(&lifecycle),
        );
        self.declared.insert("CredentialStatus".to_owned());
    }

    /// Rust has one type of verification; in TypeScript `outcome` and `verdict` narrow `reason` and `credential`.
    fn verification(&mut self, docs: Vec<String>, fields: Vec<Field>) {
        self.receipt(&fields);
        let (narrowed, mut common): (Vec<Field>, Vec<Field>) =
            fields.into_iter().partition(|field| NARROWED.contains(&&*field.name));
        common.push(Field {
            docs: vec!["Only of a service with the option `receipts`: the same as a receipt, or as a signed one for `verifyReceipt`.".to_owned()],
            name: "receipt".to_owned(),
            is_optional: true,
            ty: "UnsignedReceipt | string".to_owned(),
        });
        let mut base = Declaration::interface(
            "VerificationFields",
            vec!["The fields that every verification has.".to_owned()],
            common,
        );
        base.is_exported = false;
        self.push(base, Usage::Result);
        let verdicts = |outcome: Outcome, describes_credential: bool| {
            let verdicts = Verdict::ALL.iter().filter(move |verdict| {
                verdict.outcome() == outcome && verdict.describes_credential() == describes_credential
            });
            literals(verdicts.map(|verdict| verdict.as_str()))
        };
        let mut variant = |name: &str, docs: &str, outcome: Outcome, describes_credential: bool| {
            let ty = |field: &Field| match &*field.name {
                "outcome" => literals([outcome.as_str()]),
                "verdict" => verdicts(outcome, describes_credential),
                "reason" if outcome == Outcome::Indeterminate => "IndeterminateReason".to_owned(),
                "credential" if describes_credential => "VerifiedCredential".to_owned(),
                _ => "null".to_owned(),
            };
            let fields = narrowed.iter().map(|field| Field { ty: ty(field), ..field.clone() }).collect();
            let mut variant = Declaration::interface(name, vec![docs.to_owned()], fields);
            variant.base = Some("VerificationFields".to_owned());
            self.push(variant, Usage::Result);
        };
        variant(
            "VerifiedVerification",
            "A verification that says yes: every required check passed.",
            Outcome::Verified,
            true,
        );
        variant(
            "InvalidCredentialVerification",
            "A verification that says no about a credential that the issuer's account has published.",
            Outcome::NotVerified,
            true,
        );
        variant(
            "NoCredentialVerification",
            "A verification that says no, and nothing about a credential.",
            Outcome::NotVerified,
            false,
        );
        variant(
            "IndeterminateVerification",
            "A verification without a verdict: the credential could not be checked.",
            Outcome::Indeterminate,
            false,
        );
        let union = "VerifiedVerification | InvalidCredentialVerification | NoCredentialVerification | IndeterminateVerification";
        self.push(Declaration::alias("Verification", docs, union), Usage::Result);
        let later = literals(CheckId::ADDED_LATER.iter().map(|id| id.as_str()));
        self.push(
            Declaration::alias(
                "LaterCheckId",
                vec!["The checks that reports of older services do not have: they were added to the form after its first version.".to_owned()],
                if later.is_empty() { "never" } else { &later },
            ),
            Usage::Result,
        );
    }

    /// A receipt has the fields of a verification that hold no data of the recipient.
    fn receipt(&mut self, fields: &[Field]) {
        let field = |name: &str, ty: &str, docs: &str| Field {
            docs: vec![docs.to_owned()],
            name: name.to_owned(),
            is_optional: false,
            ty: ty.to_owned(),
        };
        let mut members = vec![
            field("schema", "\"hyperstack-receipt/1\"", "Version of the form of this object."),
            field(
                "signed",
                "boolean",
                "`true` only inside a signature: in the result of `verifyReceipt`. Outside of one it proves nothing.",
            ),
        ];
        for name in RECEIPT {
            let of_verification =
                fields.iter().find(|field| field.name == name).expect("verifications have this field");
            members.push(of_verification.clone());
        }
        members.push(field("checks", "Omit<Check, \"params\">[]", "Every check, in the order of `CheckId`."));
        let docs = "The result of a verification, to be kept: who verified, when, by which policy, and with which result. It holds no data of the recipient: no name, no address, no fields of the credential, and no `params` of checks.";
        self.category = "Receipts";
        self.push(Declaration::interface("Receipt", vec![docs.to_owned()], members), Usage::Result);
        let mut unsigned = Declaration::interface(
            "UnsignedReceipt",
            vec!["A receipt that anyone could have written: a note for the verifier's own files.".to_owned()],
            vec![field("signed", "false", "Nobody vouches for it.")],
        );
        unsigned.base = Some("Receipt".to_owned());
        self.push(unsigned, Usage::Result);
        self.category = "Verification";
    }

    /// The number of the call is this package's; the operation is said once for all events.
    fn event(&mut self, docs: Vec<String>, body: &str) {
        let mut variants = syntax::variants_of(body);
        let is_operation = |field: &Field| field.name == "operation";
        let operation =
            variants[0].iter().find(|field| is_operation(field)).expect("events name their operation").clone();
        for fields in &mut variants {
            fields.retain(|field| !is_operation(field));
            // ts-rs does not pass on the comments of variants.
            let meaning = match &*fields[0].ty {
                "\"request\"" => "A request is sent.",
                "\"response\"" => "A response arrived, whatever it says.",
                "\"retry\"" => "The request is sent again after `delayMs`, because of `code`.",
                "\"error\"" => {
                    "The call rejects with this error. An abort and a `verify` without a verdict cause no event."
                }
                other => panic!("say what the event {other} means"),
            };
            fields[0].docs.push(meaning.to_owned());
        }
        let call = Field {
            docs: vec!["Counts this client's calls from 1.".to_owned()],
            name: "call".to_owned(),
            is_optional: false,
            ty: "number".to_owned(),
        };
        self.push(Declaration::union("HyperstackEvent", docs, vec![call, operation], variants), Usage::Result);
    }

    /// `publish` answers with words only. This package adds whether it had to reconcile.
    fn published_credential(&mut self) {
        let docs = "What `credentials.publish` returns: the publication was queued, it may not be complete yet.";
        let mut published = Declaration::interface(
            "PublishedCredential",
            vec![docs.to_owned()],
            vec![reconciled("the credential was found published")],
        );
        published.base = Some("DoneWithMessage".to_owned());
        self.push(published, Usage::Result);
    }

    fn alias(&mut self, name: &str, docs: &str, ty: &str) {
        self.push(Declaration::alias(name, vec![docs.to_owned()], ty), Usage::Response);
    }

    fn push(&mut self, declaration: Declaration, usage: Usage) {
        let style = Style {
            is_readonly: usage == Usage::Request,
            keeps_others: usage == Usage::Response,
            category: self.category,
        };
        self.text.push_str(&declaration.render(style));
        self.text.push('\n');
    }
}

/// Declares a type.
type Declare = fn(&mut File, Usage);

/// The types that a type names, each with the function that declares it.
struct Dependencies<'a> {
    config: &'a Config,
    found: Vec<(String, Declare)>,
}

impl TypeVisitor for Dependencies<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            self.found.push((T::ident(self.config), File::declare::<T>));
        }
    }
}

/// The string literals of these names.
fn literals<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let literals: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
    literals.join(" | ")
}

fn reconciled(what: &str) -> Field {
    Field {
        docs: vec![format!("Added by this package: the response was lost, and {what}.")],
        name: "reconciled".to_owned(),
        is_optional: true,
        ty: "true".to_owned(),
    }
}

fn open_enum(known: &[&str]) -> String {
    format!("OpenEnum<{}>", literals(known.iter().copied()))
}

/// The fields of a verification that its outcome and verdict narrow.
const NARROWED: [&str; 4] = ["outcome", "verdict", "reason", "credential"];

/// The fields of a verification that a receipt has, too.
const RECEIPT: [&str; 9] =
    ["outcome", "verdict", "reason", "subject", "checked_at", "now_source", "issuer_label", "verifier", "policy"];

/// What no Rust type is behind.
const PRELUDE: &str = "\
/**
 * A string that the API is documented to pick from `Known`. A value that it adds later is kept as it is.
 *
 * @category Data
 */
export type OpenEnum<Known extends string> = Known | (string & {});

/**
 * JSON whose shape this package does not know.
 *
 * @category Data
 */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
";

fn file() -> String {
    let header = format!(
        "/**\n * The data types: what every call takes and returns. Fields are spelled as the Hyperstack API spells them.\n *\n \
         * Generated from the Rust types in `src`. Do not edit; write it with\n * `{COMMAND}`.\n */\n\n"
    );
    let mut file = File {
        config: Config::new().with_large_int("number"),
        text: header + PRELUDE + "\n",
        category: "Data",
        declared: BTreeSet::new(),
        operations: Vec::new(),
    };

    file.section("account", "Data");
    file.response::<api::GetAccount>();

    file.section("groups", "Data");
    file.request::<model::NewGroup>();
    file.response::<api::CreateGroup>();
    file.request::<model::GroupChanges>();
    file.response::<api::UpdateGroup>();
    file.response::<api::ViewGroup>();
    file.request::<model::PageSelection>();
    file.response::<api::ListGroups>();
    file.request::<api::SearchGroups>();
    file.response::<api::SearchGroups>();

    file.section("credentials", "Data");
    file.request::<model::NewCredential>();
    file.response::<api::GenerateCredential>();
    file.response::<api::IssueCredential>();
    file.response::<api::PublishCredential>();
    file.published_credential();
    file.response::<api::ViewCredential>();
    file.request::<api::Expiry>();
    file.response::<api::UpdateCredential>();
    file.response::<api::ListCredentials>();
    file.request::<api::SearchCredentials>();
    file.response::<api::SearchCredentials>();

    file.section("recipients", "Data");
    file.request::<api::UpdateRecipient>();
    file.response::<api::UpdateRecipient>();

    file.section("webhooks", "Data");
    file.request::<api::SubscribeWebhook>();
    file.response::<api::SubscribeWebhook>();
    file.response::<api::UnsubscribeWebhook>();

    for operation in OPERATIONS {
        assert!(
            file.operations.contains(&operation.name),
            "declare the request and the response of {}",
            operation.name
        );
    }

    file.section("verification", "Verification");
    file.declare::<verify::Verification>(Usage::Result);
    file.declare::<verify::Withheld>(Usage::Result);
    file.declare::<verify::ParsedLink>(Usage::Result);

    file.section("events", "Client");
    file.declare::<client::Event>(Usage::Result);

    file.text.trim_end().to_owned() + "\n"
}
