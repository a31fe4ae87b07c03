//! Client and verifier for Hyperstack digital credentials (certificates and badges of thehyperstack.com).
//!
//! An issuer's account holds credentials in groups. [`Client`](client::Client) creates, publishes, reads and changes them through
//! the vendor's API; [`verify`](verify::verify) computes the verdict for a credential link that somebody presents. The npm package
//! `hyperstack-credentials` is this library as WebAssembly.
//!
//! | module | holds |
//! |---|---|
//! | [`model`] | the data of the API, with newtypes that only parsing can create |
//! | [`api`] | the operations: request types that implement [`Endpoint`](api::Endpoint), one file per resource |
//! | [`client`] | sends requests: attempts, deadlines, retries, reconciliation, events |
//! | [`verify`] | credential links, checks, the verdict and its report; also through a verify service |
//! | [`transport`] | what a client needs of its surroundings, on `fetch` and as a script for tests |
//! | [`validate`] | the rules for requests and options, and reading untyped values with every issue at once |
//! | [`json`] | a strict serde deserializer with JSON paths, and untyped values |
//! | [`error`] | one error type, its classes, and every code with a hint |
//!
//! Dependencies point one way: `verify` and `client` use `transport` and `api`; those use `json`, `validate` and `model`.
//!
//! # Calls
//!
//! A request is a struct; sending it returns its typed response. In wasm the transport is `transport::fetch::FetchTransport`.
//! On the host, `transport::mock::MockTransport` replies from a script and does not wait.
//!
#![cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#![cfg_attr(target_arch = "wasm32", doc = "```ignore")]
//! use hyperstack_credentials::api::GenerateCredential;
//! use hyperstack_credentials::client::{Client, ClientConfig};
//! use hyperstack_credentials::model::{EmailAddress, GroupKey, NewCredential, NewRecipient, PersonName, Token};
//! use hyperstack_credentials::transport::mock::{MockTransport, Reply};
//!
//! # futures_executor::block_on(async {
//! # let draft = r#"{"success":true,"document_id":"j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx",
//! #     "document_url":"https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx",
//! #     "recipient":{"name":"Zoë Larsson","email":"zoe@example.com"},
//! #     "group":{"title":"Rust 101","key":"GcI6H5b66a3v","code":"R-101"},"issued_on":"2026-03-15T10:30:00Z",
//! #     "valid_until":null,"metadata":{},"status":"draft","privacy":"public"}"#;
//! let transport = MockTransport::new([Reply::json(200, draft)]);
//! let client = Client::new(transport, ClientConfig::new(Token::parse("token")?));
//!
//! let credential = client
//!     .send(GenerateCredential(NewCredential {
//!         recipient: NewRecipient {
//!             name: PersonName::parse("Zoë Larsson")?,
//!             email: EmailAddress::parse("zoe@example.com")?,
//!         },
//!         group_key: GroupKey::parse("GcI6H5b66a3v")?,
//!         custom_attributes: None,
//!     }))
//!     .await?;
//! assert_eq!(credential.document_id.as_str(), "j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! A call is cancelled by dropping its future. Whatever fails is an [`Error`] with a class, a documented code, and
//! whether the call may be made again ([`retryable`](error::ErrorDetails::retryable)). A lost request is retried only if that
//! does no harm; `docs/retries.md` says what happens for each operation.
//!
//! # Verdicts
//!
#![cfg_attr(not(target_arch = "wasm32"), doc = "```")]
#![cfg_attr(target_arch = "wasm32", doc = "```ignore")]
//! use hyperstack_credentials::client::{CallOptions, Client, ClientConfig};
//! use hyperstack_credentials::model::Token;
//! use hyperstack_credentials::transport::mock::{MockTransport, Reply};
//! use hyperstack_credentials::verify::{Outcome, Policy, Verdict, verify};
//!
//! # futures_executor::block_on(async {
//! // The account responds: not found.
//! let transport = MockTransport::new([Reply::json(404, r#"{"success":false,"error":"not found"}"#)]);
//! let client = Client::new(transport, ClientConfig::new(Token::parse("token")?));
//!
//! let link = "https://hyperstack.id/credential/j4nDvaxF6ehodPXI84p4X1yhQe7lrYgx?view=recipient";
//! let report = verify(&client, link, &Policy::default(), &CallOptions::default()).await?;
//! assert_eq!((report.outcome, report.verdict), (Outcome::NotVerified, Verdict::NotFoundInAccount));
//! assert_eq!(report.checks.len(), 13);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! Only [`Outcome::Verified`](verify::Outcome::Verified) means yes. A verdict says what the issuer's account responded at
//! `checked_at`; it carries no signature.
//!
//! # Another operation
//!
//! Anything that implements [`Endpoint`](api::Endpoint) can be sent, with the same retries and errors:
//!
//! ```
//! use std::borrow::Cow;
//!
//! use hyperstack_credentials::api::{Endpoint, Method, RetrySafety};
//! use hyperstack_credentials::model::Done;
//!
//! /// `groups.archive`: an operation that this version does not know.
//! struct ArchiveGroup;
//!
//! impl Endpoint for ArchiveGroup {
//!     type Response = Done;
//!     const NAME: &'static str = "groups.archive";
//!     const METHOD: Method = Method::Post;
//!     const RETRY: RetrySafety = RetrySafety::Safe;
//!
//!     fn path(&self) -> Cow<'static, str> {
//!         "/v1/groups/archive".into()
//!     }
//! }
//! ```
//!
//! # Features
//!
//! `typescript` derives `ts_rs::TS` for the data types, for the test that writes the npm package's `types.ts`.

pub mod api;
pub mod client;
pub mod error;
pub mod json;
pub mod model;
mod redaction;
pub mod transport;
#[cfg(feature = "typescript")]
mod typescript;
mod unicode;
pub mod validate;
pub mod verify;

pub use error::{Error, ErrorClass};

/// The Rust examples of the documentation compile.
#[cfg(all(doctest, not(target_arch = "wasm32")))]
#[doc = include_str!("../docs/rust.md")]
struct Documentation;
