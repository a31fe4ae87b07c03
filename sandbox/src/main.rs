//! Parses the command line and starts the sandbox.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, ValueEnum, value_parser};
use hyperstack_sandbox::{Account, EmailForm, FoldEmails, GroupKeys, IssuedOn, SearchMode, Seed, Server, Settings};
use tokio::net::TcpListener;

/// Serves the documented behaviour of the Hyperstack credentials API on this machine.
///
/// Point a client's base URL at the printed address and use the token given here. State is kept in
/// memory and ends with the process. Tests steer the server through /_sandbox, see its README.
#[derive(Parser)]
#[command(name = "hyperstack-sandbox", version)]
struct Arguments {
    /// Address or host name to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,

    /// Port to listen on; 0 takes any free one
    #[arg(long, default_value_t = 8790)]
    port: u16,

    /// The API token that is accepted
    #[arg(long, default_value = "sandbox-token")]
    token: String,

    /// What the store holds at the start
    #[arg(long, value_enum, default_value_t = Start::None)]
    seed: Start,

    /// Time from the answer of a publication until the credential is active, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    publish_delay_ms: u64,

    /// Credits at the start; each new credential costs one [default: unlimited]
    #[arg(long, value_name = "N")]
    balance: Option<u64>,

    /// The largest page that can be requested; the API's documentation gives no limit
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u64).range(1..))]
    max_page_size: u64,

    /// Which part of an e-mail address the account changes to lower case when it stores or compares it
    #[arg(long, value_enum, value_name = "PART", default_value_t = FoldEmails::None)]
    fold_emails: FoldEmails,

    /// In which form the account stores and compares e-mail addresses
    #[arg(long, value_enum, value_name = "FORM", default_value_t = EmailForm::Sent)]
    email_form: EmailForm,

    /// How searches of the account compare names, e-mail addresses and group keys
    #[arg(long, value_enum, value_name = "HOW", default_value_t = SearchMode::IgnoreCase)]
    search: SearchMode,

    /// How the account compares the group key of a request with its own
    #[arg(long, value_enum, value_name = "HOW", default_value_t = GroupKeys::Exact)]
    group_keys: GroupKeys,

    /// How the account writes the `issued_on` of new credentials
    #[arg(long, value_enum, value_name = "PRECISION", default_value_t = IssuedOn::Second)]
    issued_on: IssuedOn,

    /// Seconds by which the account's clock is ahead of this machine's; negative if it is behind
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true)]
    clock_offset_s: i64,

    /// Respond without CORS headers, so that browsers refuse calls from other origins
    #[arg(long)]
    no_cors: bool,

    /// Write a line per request to standard error; it never contains the token or an e-mail address
    #[arg(long)]
    verbose: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Start {
    /// Nothing
    None,
    /// One credential for each possible verdict; /_sandbox/samples lists the links
    Demo,
}

impl From<Start> for Seed {
    fn from(start: Start) -> Self {
        match start {
            Start::None => Self::None,
            Start::Demo => Self::Demo,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "hyperstack-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> io::Result<()> {
    // Before the address is printed: whoever reads it may send the signal at once.
    let stop = stop_signal()?;
    let server = Server::new(Settings {
        token: arguments.token,
        seed: arguments.seed.into(),
        publish_delay: Duration::from_millis(arguments.publish_delay_ms),
        balance: arguments.balance,
        max_page_size: arguments.max_page_size,
        account: Account {
            fold_emails: arguments.fold_emails,
            email_form: arguments.email_form,
            search: arguments.search,
            group_keys: arguments.group_keys,
            issued_on: arguments.issued_on,
            clock_offset_s: arguments.clock_offset_s,
        },
        cors: !arguments.no_cors,
        verbose: arguments.verbose,
    })?;
    let listener = TcpListener::bind((arguments.host.as_str(), arguments.port)).await?;
    announce(&listener)?;
    server.serve(listener, stop).await;
    Ok(())
}

/// The one line on standard output; scripts wait for it and read the port from it.
fn announce(listener: &TcpListener) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "listening on http://{address}")?;
    stdout.flush()
}

#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without a way to hear the signal, the process ends the way the system ends it.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
