//! The documented behaviour of the Hyperstack credentials API as a local server.
//!
//! It judges requests by the public documentation and shares no code with the client it is used
//! to test. Where the documentation is silent, a comment in the module concerned says what the
//! sandbox does instead. See the README beside this crate for the command line and the control
//! API.

// Handlers and layers are asynchronous because axum calls them so, not because each one waits.
#![allow(clippy::unused_async)]

mod account;
mod auth;
mod body;
mod clock;
mod control;
mod cors;
mod credential_search;
mod credentials;
mod documented;
mod faults;
mod groups;
mod journal;
mod key;
mod log;
mod paging;
mod recipients;
mod routes;
mod script;
mod seed;
mod server;
mod state;
mod store;
mod undocumented;
mod webhooks;
mod wire;

use std::{io, time::Duration};

use tokio::net::TcpListener;

pub use crate::{
    account::{Account, EmailForm, FoldEmails, GroupKeys, IssuedOn, SearchMode},
    seed::Seed,
};

/// How a sandbox behaves from the start. There is no `Debug`: it would show the token.
#[derive(Clone)]
pub struct Settings {
    /// The one token that is let in.
    pub token: String,
    /// What the store holds at the start, and after a reset that does not say.
    pub seed: Seed,
    /// How long after its answer a publication takes effect.
    pub publish_delay: Duration,
    /// Credits to begin with; `None` is without limit.
    pub balance: Option<u64>,
    /// The largest `page_size` that is answered.
    pub max_page_size: u64,
    /// How the account stores addresses, compares keys and writes dates, until the control API changes it.
    pub account: Account,
    /// Whether browsers may call from any origin.
    pub cors: bool,
    /// Whether a line per request goes to standard error.
    pub verbose: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            token: "sandbox-token".to_owned(),
            seed: Seed::default(),
            publish_delay: Duration::ZERO,
            balance: None,
            max_page_size: 200,
            account: Account::default(),
            cors: true,
            verbose: false,
        }
    }
}

/// A sandbox ready to be served.
pub struct Server(state::Shared);

impl Server {
    /// Fails on a token that could not travel in a header.
    pub fn new(settings: Settings) -> io::Result<Self> {
        state::Sandbox::new(settings).map(Self)
    }

    /// Serves on the listener until `stop` resolves.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let Self(state) = self;
        server::run(listener, routes::all(&state), state.settings.verbose, stop).await;
    }
}
