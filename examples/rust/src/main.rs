//! Verifies the credential links given as arguments and prints a verdict for each.

use std::error::Error;
use std::process::ExitCode;

use hyperstack_credentials::client::CallOptions;
use hyperstack_credentials::verify::{Outcome, Policy, Reason, verify};
use hyperstack_example_program::client_from;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let links: Vec<String> = std::env::args().skip(1).collect();
    if links.is_empty() {
        return Err("usage: hyperstack-example-program <credential link>…".into());
    }
    let client = client_from(|name| std::env::var(name).ok())?;
    let mut is_complete = true;
    for link in links {
        let verification = verify(&client, &link, &Policy::default(), &CallOptions::default()).await?;
        let title = verification.credential.and_then(|credential| credential.group.title).unwrap_or_default();
        match verification.outcome {
            Outcome::Verified => println!("valid\t{link}\t{title}"),
            Outcome::NotVerified => println!("{}\t{link}", verification.verdict.as_str()),
            // An outage says nothing about the credential: it is neither a yes nor a no.
            Outcome::Indeterminate => {
                is_complete = false;
                let reason = verification.reason.map_or("", Reason::as_str);
                println!("could not check ({reason})\t{link}");
            }
        }
    }
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::from(2) })
}
