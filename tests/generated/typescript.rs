//! Writes `pkg-template/src/types.ts`.

mod syntax;

use std::collections::BTreeSet;

use hyperstack_credentials::api::{self, Endpoint};
use hyperstack_credentials::model::{self, CredentialStatus};
use syntax::{Declaration, Field};
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
}

/// The file while it is written: each type is declared once, followed by the types that its fields name.
struct File {
    config: Config,
    text: String,
    declared: BTreeSet<String>,
}

impl File {
    fn section(&mut self, title: &str) {
        let rule = "-".repeat(70 - title.len());
        self.text.push_str(&format!("/* {rule} {title} */\n\n"));
    }

    /// Declares what a call takes, as Rust names it.
    fn request<T: TS + 'static>(&mut self) {
        self.declare::<T>(Usage::Request);
    }

    /// Declares what a call returns.
    fn response<E: Endpoint<Response: TS + 'static>>(&mut self) {
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
            Some(fields) => self.push(Declaration::interface(&name, docs, fields), usage),
            None => self.push(Declaration::alias(&name, docs, &body), usage),
        }
        T::visit_dependencies(&mut Dependencies { file: self, usage });
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
            (
                "Credential",
                "A credential as `credentials.view` returns it. Source: vendor page `view-credential` (V).",
                "CredentialRecord",
                vec![success.clone()],
            ),
            (
                "DraftCredential",
                "A credential as `generate` and `issue` return it. Source: vendor pages `generate-credential`, `create-credential` (V).",
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
            self.push(variant, Usage::Request);
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

    /// `publish` answers with words only. This package adds whether it had to reconcile.
    fn published_credential(&mut self) {
        let docs = "What `credentials.publish` returns: the publication was queued, it may not be complete yet.";
        let mut published = Declaration::interface(
            "PublishedCredential",
            vec![docs.to_owned()],
            vec![reconciled("the credential was found published")],
        );
        published.base = Some("DoneWithMessage".to_owned());
        self.push(published, Usage::Request);
    }

    fn alias(&mut self, name: &str, docs: &str, ty: &str) {
        self.push(Declaration::alias(name, vec![docs.to_owned()], ty), Usage::Response);
    }

    fn push(&mut self, declaration: Declaration, usage: Usage) {
        self.text.push_str(&declaration.render(usage == Usage::Request, "Data"));
        self.text.push('\n');
    }
}

struct Dependencies<'a> {
    file: &'a mut File,
    usage: Usage,
}

impl TypeVisitor for Dependencies<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.file.declare::<T>(self.usage);
    }
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
    let known: Vec<String> = known.iter().map(|text| format!("{text:?}")).collect();
    format!("OpenEnum<{}>", known.join(" | "))
}

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
        declared: BTreeSet::new(),
    };

    file.section("account");
    file.response::<api::GetAccount>();

    file.section("groups");
    file.request::<model::NewGroup>();
    file.response::<api::CreateGroup>();
    file.request::<model::GroupChanges>();
    file.response::<api::UpdateGroup>();
    file.response::<api::ViewGroup>();
    file.request::<model::PageSelection>();
    file.response::<api::ListGroups>();
    file.request::<api::SearchGroups>();
    file.response::<api::SearchGroups>();

    file.section("credentials");
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

    file.section("recipients");
    file.request::<api::UpdateRecipient>();
    file.response::<api::UpdateRecipient>();

    file.section("webhooks");
    file.request::<api::SubscribeWebhook>();
    file.response::<api::SubscribeWebhook>();
    file.response::<api::UnsubscribeWebhook>();

    file.text.trim_end().to_owned() + "\n"
}
