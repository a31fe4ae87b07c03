//! The program itself: what it prints, and how it ends.

#![cfg(unix)]

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};

const TOKEN: &str = "a-Secret-0815";

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hyperstack-sandbox"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Starts the program and reads the one line it prints.
async fn started(arguments: &[&str]) -> (Child, String) {
    let mut child = program(arguments).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    timeout(Duration::from_secs(20), stdout.read_line(&mut line)).await.expect("no line is printed").unwrap();
    // What is printed later still counts.
    child.stdout = Some(stdout.into_inner());
    let address = line
        .strip_prefix("listening on http://")
        .and_then(|rest| rest.strip_suffix('\n'))
        .unwrap_or_else(|| panic!("unexpected line {line:?}"));
    let address = address.to_owned();
    (child, address)
}

async fn ended(child: Child, signal: &str) -> Output {
    let id = child.id().unwrap().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().await;
    assert!(sent.unwrap().success());
    timeout(Duration::from_secs(20), child.wait_with_output()).await.expect("the signal is not heard").unwrap()
}

async fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn request(body: &str) -> String {
    format!(
        "POST /v1/credentials/{TOKEN}?to=ada@example.com HTTP/1.1\r\nhost: x\r\n\
         connection: close\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn both_signals_end_it_cleanly_even_with_a_stalled_connection() {
    for signal in ["-INT", "-TERM"] {
        let (child, address) = started(&["--port", "0"]).await;
        let mut idle = TcpStream::connect(&address).await.unwrap();
        idle.write_all(b"POST /v1/groups/new HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{").await.unwrap();
        let output = ended(child, signal).await;
        assert_eq!(output.status.code(), Some(0), "{signal}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "", "one line only");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[tokio::test]
async fn the_log_holds_neither_token_nor_email() {
    let (child, address) = started(&["--port", "0", "--token", TOKEN, "--verbose"]).await;
    let body = r#"{"recipient":{"name":"Ada","email":"ada@example.com"}}"#;
    let answer = exchange(&address, &request(body)).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let output = ended(child, "-TERM").await;
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.starts_with("POST /v1/{*path} -> 404 in "), "{log}");
    assert!(!log.contains(TOKEN), "{log}");
    assert!(!log.contains("ada@"), "{log}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}

#[tokio::test]
async fn the_settings_are_heard() {
    let arguments = ["--port", "0", "--seed", "demo", "--balance", "7", "--no-cors", "--max-page-size", "3"];
    let (child, address) = started(&arguments).await;
    let get = "GET /_sandbox/state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(&address, get).await;
    assert!(!answer.contains("access-control"), "{answer}");
    let state = r#"{"groups":3,"credentials":8,"recipients":8,"requests":0,"balance":7,"webhook":null}"#;
    assert!(answer.ends_with(state), "{answer}");
    let list = "POST /v1/groups/all HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                authorization: Bearer sandbox-token\r\n\r\n";
    let answer = exchange(&address, list).await;
    assert!(answer.contains(r#""page_size":3,"#), "{answer}");
    ended(child, "-TERM").await;
}

#[tokio::test]
async fn the_account_is_set_up_by_options() {
    let arguments = [
        ["--port", "0"],
        ["--fold-emails", "domain"],
        ["--email-form", "ascii-domain"],
        ["--search", "exact"],
        ["--group-keys", "ignore-case"],
        ["--issued-on", "day"],
        ["--clock-offset-s", "-360"],
    ];
    let (child, address) = started(arguments.as_flattened()).await;
    let get = "GET /_sandbox/account HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = exchange(&address, get).await;
    let account = concat!(
        r#"{"fold_emails":"domain","email_form":"ascii_domain","search":"exact","group_keys":"ignore_case","#,
        r#""issued_on":"day","clock_offset_s":-360}"#,
    );
    assert!(answer.ends_with(account), "{answer}");
    ended(child, "-TERM").await;
}

#[tokio::test]
async fn an_unusable_token_is_told_instead_of_listening() {
    let output = program(&["--port", "0", "--token", ""]).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, b"");
    assert!(String::from_utf8_lossy(&output.stderr).contains("token"));
}

#[tokio::test]
async fn help_names_every_option_and_its_default() {
    let output = program(&["--help"]).output().await.unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for text in [
        "--host",
        "127.0.0.1",
        "--port",
        "8790",
        "--token",
        "sandbox-token",
        "--seed",
        "demo",
        "--publish-delay-ms",
        "--balance",
        "unlimited",
        "--max-page-size",
        "200",
        "--fold-emails",
        "domain",
        "--email-form",
        "ascii-domain",
        "--search",
        "exact",
        "--group-keys",
        "ignore-case",
        "--issued-on",
        "midnight",
        "--clock-offset-s",
        "--no-cors",
        "--verbose",
    ] {
        assert!(help.contains(text), "{text}\n{help}");
    }
}
