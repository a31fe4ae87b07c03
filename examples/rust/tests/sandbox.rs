//! Tests the example against a sandbox: the verdicts over its transport, and the output of the program.

use std::process::{Command, Output};

use hyperstack_credentials::client::CallOptions;
use hyperstack_credentials::verify::{Policy, Reason, Verdict, verify};
use hyperstack_example_program::client_from;
use hyperstack_sandbox::{Seed, Server, Settings};
use tokio::net::TcpListener;

const TOKEN: &str = "example-token";
const VALID: &str = "https://hyperstack.id/credential/DemoValid00000000000000000000001";
const REVOKED: &str = "https://hyperstack.id/credential/DemoRevoked000000000000000000005";

/// Serves the demo credentials and returns the address.
async fn start_sandbox() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = Settings { token: TOKEN.to_owned(), seed: Seed::Demo, ..Settings::default() };
    tokio::spawn(Server::new(settings).unwrap().serve(listener, std::future::pending()));
    format!("http://{address}")
}

fn run(base: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hyperstack-example-program"))
        .args(args)
        .env("HYPERSTACK_API_TOKEN", TOKEN)
        .env("HYPERSTACK_API_BASE", base)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn distinguishes_a_valid_credential_from_a_revoked_one() {
    let base = start_sandbox().await;
    let output = run(&base, &[VALID, REVOKED]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, format!("valid\t{VALID}\tClimate Data Analysis\nrevoked\t{REVOKED}\n"));
    assert_eq!(output.status.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_a_failed_check() {
    let output = run("http://127.0.0.1:9", &[VALID]);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("could not check (network)\t{VALID}\n"));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn names_the_variable_that_is_missing_or_wrong() {
    let refusal = |token: Option<&str>, base: Option<&str>| {
        let variable = |name: &str| match name {
            "HYPERSTACK_API_TOKEN" => token,
            _ => base,
        };
        client_from(|name| variable(name).map(str::to_owned)).err().unwrap().to_string()
    };
    assert_eq!(refusal(None, None), "HYPERSTACK_API_TOKEN is not set");
    assert!(refusal(Some(TOKEN), Some("http://api.example")).starts_with("HYPERSTACK_API_BASE: "));
}

/// Responses that prove nothing, as steps of the sandbox's script, and the reason in the verification.
const FAULTS: [(&str, Reason); 4] = [
    (r#"{"status": 302, "headers": {"location": "/v1/credentials"}}"#, Reason::UpstreamRedirect),
    (r#"{"body_repeat": {"text": "0123456789abcdef", "times": 600000}}"#, Reason::BodyTooLarge),
    (r#"{"apply": true, "cut": {"body_bytes": 20}, "times": 3}"#, Reason::Network),
    (r#"{"headers": {"content-type": "text/html"}, "body": "<html>"}"#, Reason::BadContentType),
];

/// Adds a step to the sandbox's script.
async fn script(base: &str, step: &str) {
    let (url, steps) = (format!("{base}/_sandbox/script"), format!("[{step}]"));
    tokio::task::spawn_blocking(move || ureq::post(&url).send(&steps).unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn follows_no_redirect_and_reads_no_more_than_the_limit() {
    let base = start_sandbox().await;
    let client =
        client_from(|name| Some(if name == "HYPERSTACK_API_TOKEN" { TOKEN } else { &base }.to_owned())).unwrap();
    for (fault, reason) in FAULTS {
        script(&base, fault).await;
        let verification = verify(&client, VALID, &Policy::default(), &CallOptions::default()).await.unwrap();
        assert_eq!((verification.verdict, verification.reason), (Verdict::Indeterminate, Some(reason)), "{fault}");
    }
}
