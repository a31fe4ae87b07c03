//! Runs the demo: starts the sandbox and the Worker under wrangler, and ends both. Earlier steps build them.
use std::fs::File;
use std::io::Read;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

use crate::process::{self, Background};
use crate::progress;
use crate::sandbox::Sandbox;
use crate::workspace::Workspace;
use crate::{http, npm};

const LIVE_API: &str = "https://api.thehyperstack.com";

/// The settings of the Worker.
struct Settings {
    api_base: String,
    mode: &'static str,
    samples: Value,
    /// The issuer's name on the page; empty for none.
    issuer_label: String,
    token: String,
}

impl Settings {
    /// All settings except the token, as wrangler's arguments.
    fn variables(&self) -> Vec<String> {
        [
            ("HYPERSTACK_API_BASE", self.api_base.clone()),
            ("HYPERSTACK_MODE", self.mode.to_owned()),
            ("HYPERSTACK_SAMPLES", self.samples.to_string()),
            ("HYPERSTACK_ISSUER_LABEL", self.issuer_label.clone()),
        ]
        .into_iter()
        .flat_map(|(name, value)| ["--var".to_owned(), format!("{name}:{value}")])
        .collect()
    }
}

/// Fails early if the port is in use, before anything is built.
pub(crate) fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) => bail!(
            "port {port} cannot be used ({error}); end what uses it or choose another: \
             cargo xtask demo --port {}",
            if port == u16::MAX { port - 1 } else { port + 1 }
        ),
    }
}

/// Starts everything, prints the address and waits for Ctrl-C.
pub(crate) fn run(workspace: &Workspace, port: u16) -> Result<()> {
    let started = Instant::now();
    let live_token = std::env::var("HYPERSTACK_API_TOKEN").ok().filter(|token| !token.is_empty());
    let (settings, mut sandbox) = match live_token {
        Some(token) => (live(token), None),
        None => sandboxed(workspace)?,
    };
    let mut worker = start_worker(workspace, port, &settings)?;
    let url = format!("http://127.0.0.1:{port}");
    worker.wait_until(Duration::from_mins(1), |lines| {
        // wrangler then keeps running and waits for the sources to change.
        if lines.iter().any(|line| line.contains("Build failed")) {
            return Some(Err(anyhow!("wrangler cannot build the Worker:\n{}", lines.join("\n"))));
        }
        let answer = http::get(&url, "/", None).ok()?;
        (answer.status < 500).then_some(Ok(()))
    })??;
    process::ctrl_c_is_success();
    print!("{}", welcome(&url, &settings, started.elapsed(), &workspace.show(&log(workspace))));
    match &mut sandbox {
        // Whichever ends first ends the demo.
        Some(sandbox) => std::thread::scope(|scope| {
            let watch = scope.spawn(|| sandbox.wait_for_end());
            let worker = scope.spawn(|| worker.wait_for_end());
            loop {
                if watch.is_finished() || worker.is_finished() {
                    process::end_descendants();
                    let first = watch.join();
                    let second = worker.join();
                    return first.and(second).unwrap_or(Ok(()));
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }),
        None => worker.wait_for_end(),
    }
}

fn live(token: String) -> Settings {
    let issuer_label = std::env::var("HYPERSTACK_ISSUER_LABEL").unwrap_or_default();
    Settings { api_base: LIVE_API.to_owned(), mode: "live", samples: Value::Array(Vec::new()), issuer_label, token }
}

fn sandboxed(workspace: &Workspace) -> Result<(Settings, Option<Sandbox>)> {
    let token = random_token()?;
    let sandbox = Sandbox::start(workspace, 0, &token, Some("demo"))?;
    let answer = http::get(sandbox.url(), "/_sandbox/samples", Some(&token))?;
    if answer.status != 200 {
        bail!("the sandbox responded with {} to /_sandbox/samples: {}", answer.status, answer.body);
    }
    let samples: Value = serde_json::from_str(&answer.body).context("the sandbox's samples are not JSON")?;
    // Either the list itself, or an object that holds it.
    let samples = match samples {
        Value::Object(mut object) => object.remove("samples").unwrap_or_default(),
        other => other,
    };
    if samples.as_array().is_none_or(Vec::is_empty) {
        bail!("the sandbox has no samples");
    }
    let issuer_label = "Acme Academy".to_owned();
    let settings = Settings { api_base: sandbox.url().to_owned(), mode: "sandbox", samples, issuer_label, token };
    Ok((settings, Some(sandbox)))
}

fn start_worker(workspace: &Workspace, port: u16, settings: &Settings) -> Result<Background> {
    let mut command = Command::new(npm::wrangler_node(workspace)?);
    command
        .arg(workspace.path("node_modules/wrangler/bin/wrangler.js"))
        .args(["dev", "--config"])
        .arg(workspace.path("www/wrangler.jsonc"))
        .args(["--ip", "127.0.0.1", "--port", &port.to_string()])
        // Any free port: the default one collides with a second wrangler.
        .args(["--inspector-port", "0"])
        .arg("--show-interactive-dev-session=false")
        // An empty file, so that a .dev.vars or .env in www/ does not replace these settings.
        .args(["--env-file", "/dev/null"])
        .arg("--persist-to")
        .arg(workspace.target("wrangler/state"))
        .args(settings.variables())
        .current_dir(workspace.path("www"));
    // The token goes through the environment, which only the same user can read; a command line
    // is shown to everyone by `ps`. wrangler turns all of it into bindings of the Worker, so it
    // gets a small one.
    let kept = kept_environment(std::env::vars_os());
    command
        .env_clear()
        .envs(kept)
        .env("HYPERSTACK_API_TOKEN", &settings.token)
        .env("CLOUDFLARE_INCLUDE_PROCESS_ENV", "true")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        // Otherwise it queries Cloudflare for this machine's location at every start.
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_LOG_PATH", workspace.target("wrangler/logs"))
        .env("WRANGLER_REGISTRY_PATH", workspace.target("wrangler/registry"))
        .env("NO_COLOR", "1");
    Background::start("wrangler", &mut command, &log(workspace))
}

fn log(workspace: &Workspace) -> std::path::PathBuf {
    workspace.target("xtask-logs/wrangler.log")
}

/// The part of the environment that wrangler needs.
fn kept_environment<K: AsRef<std::ffi::OsStr>, V>(all: impl Iterator<Item = (K, V)>) -> Vec<(K, V)> {
    const NAMES: [&str; 12] = [
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "TMPDIR",
        "TERM",
        "CI",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
    ];
    all.filter(|(name, _)| NAMES.iter().any(|kept| name.as_ref().eq_ignore_ascii_case(kept))).collect()
}

fn welcome(url: &str, settings: &Settings, took: Duration, log: &str) -> String {
    let mut lines = vec![
        String::new(),
        format!("  The verify page is up:  {url}/    (started in {})", progress::seconds(took)),
        String::new(),
    ];
    if settings.mode == "live" {
        lines.push(format!("  HYPERSTACK_API_TOKEN is set, so responses come from the real API, {LIVE_API}."));
        lines.push("  Paste the link of a credential of that account.".to_owned());
    } else {
        lines.push(format!(
            "  Responses come from the sandbox at {}; every credential in it is made up.",
            settings.api_base
        ));
        lines.push("  Try one of its samples; there is one for each verdict:".to_owned());
        lines.push(String::new());
        for sample in settings.samples.as_array().into_iter().flatten() {
            lines.push(format!("    {}", describe(sample)));
        }
        lines.push(String::new());
        lines.push("  With HYPERSTACK_API_TOKEN set, the demo uses the real API.".to_owned());
    }
    lines.push(format!("  wrangler's log: {log}"));
    lines.push("  Ctrl-C ends it.".to_owned());
    lines.push(String::new());
    lines.push(String::new());
    lines.join("\n")
}

/// One sample per line: its name and the link to paste.
fn describe(sample: &Value) -> String {
    let first =
        |names: &[&str]| names.iter().find_map(|name| sample.get(name)?.as_str()).unwrap_or_default().to_owned();
    let name = first(&["label", "name", "title", "verdict", "expected"]);
    let input = first(&["input", "url", "document_url", "id", "document_id"]);
    let recipient = first(&["recipient_name"]);
    if recipient.is_empty() {
        format!("{name:<22} {input}")
    } else {
        format!("{name:<22} {input}   with the name {recipient}")
    }
}

/// A token nobody can guess, for one run.
fn random_token() -> Result<String> {
    let mut bytes = [0_u8; 24];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("cannot read /dev/urandom")?;
    Ok(bytes.iter().fold(String::from("demo-"), |token, byte| format!("{token}{byte:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            api_base: "http://127.0.0.1:1".to_owned(),
            mode: "sandbox",
            samples: serde_json::json!([{ "name": "Valid", "input": "https://x/credential/1" }]),
            issuer_label: String::new(),
            token: "very-secret".to_owned(),
        }
    }

    #[test]
    fn the_token_is_neither_an_argument_nor_printed() {
        let settings = settings();
        assert!(!settings.variables().join(" ").contains("very-secret"));
        let text = welcome("http://127.0.0.1:8787", &settings, Duration::ZERO, "log");
        assert!(!text.contains("very-secret"));
        assert!(text.contains("http://127.0.0.1:8787/"));
        assert!(text.contains("Valid                  https://x/credential/1"));
    }

    #[test]
    fn live_mode_says_so_and_offers_no_samples() {
        let settings = live("very-secret".to_owned());
        let text = welcome("http://127.0.0.1:8787", &settings, Duration::ZERO, "log");
        assert!(text.contains("the real API"));
        assert!(!text.contains("made up") && !text.contains("very-secret"));
        assert!(settings.variables().contains(&"HYPERSTACK_SAMPLES:[]".to_owned()));
    }

    #[test]
    fn the_worker_sees_little_of_the_environment() {
        let all = [("PATH", "a"), ("AWS_SECRET", "b"), ("https_proxy", "c")];
        let kept = kept_environment(all.into_iter());
        assert_eq!(kept, [("PATH", "a"), ("https_proxy", "c")]);
    }

    #[test]
    fn tokens_differ() {
        let (one, two) = (random_token().unwrap(), random_token().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), "demo-".len() + 48);
    }

    #[test]
    fn a_busy_port_is_named() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = check_port(port).unwrap_err().to_string();
        assert!(error.contains(&format!("port {port} cannot be used")), "{error}");
    }
}
