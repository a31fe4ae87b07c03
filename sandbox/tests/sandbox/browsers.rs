//! What a browser on another origin is let do.

use hyper::Method;
use hyperstack_sandbox::Settings;
use serde_json::json;

use crate::support::{Answer, Sandbox};

async fn preflight(sandbox: &Sandbox, path: &str, method: &str) -> Answer {
    let headers = [
        ("origin", "http://page.example"),
        ("access-control-request-method", method),
        ("access-control-request-headers", "accept,authorization,content-type"),
    ];
    sandbox.send(Method::OPTIONS, path, &headers, "").await
}

fn listed(answer: &Answer, header: &str) -> Vec<String> {
    let mut names: Vec<String> =
        answer.header(header).unwrap_or_default().split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort();
    names
}

const ALLOWED: &str = "access-control-allow-origin";

#[tokio::test]
async fn documented_requests_pass_preflight() {
    let sandbox = Sandbox::start().await;
    for path in ["/v1/credentials/generate", "/v1/not/there"] {
        let answer = preflight(&sandbox, path, "POST").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header(ALLOWED), Some("*"));
        assert_eq!(listed(&answer, "access-control-allow-methods"), ["get", "post"]);
        assert_eq!(listed(&answer, "access-control-allow-headers"), ["accept", "authorization", "content-type"]);
    }
    // Nobody wrote a test that sent these.
    assert_eq!(sandbox.watch("requests").await, json!([]));
}

#[tokio::test]
async fn every_answer_can_be_read_from_another_origin() {
    let sandbox = Sandbox::start().await;
    let origin = [("origin", "http://page.example")];
    for path in ["/v1/credential/x/view", "/_sandbox/state"] {
        let answer = sandbox.send(Method::GET, path, &origin, "").await;
        assert_eq!(answer.header(ALLOWED), Some("*"), "{path}");
    }
    let answer = preflight(&sandbox, "/_sandbox/balance", "PUT").await;
    assert_eq!(answer.header("access-control-allow-methods"), Some("*"));
}

#[tokio::test]
async fn scripted_answers_can_be_read_unless_the_script_says_no() {
    let sandbox = Sandbox::start().await;
    sandbox
        .script(json!([
            {"status": 502},
            {"status": 502, "cors": false},
            {"status": 502, "cors": false, "headers": {ALLOWED: "http://one.example"}},
        ]))
        .await;
    for expected in [Some("*"), None, Some("http://one.example")] {
        let answer = sandbox.view("x").await;
        assert_eq!(answer.status, 502);
        assert_eq!(answer.header(ALLOWED), expected);
    }
}

#[tokio::test]
async fn cors_can_be_off() {
    let sandbox = Sandbox::with(Settings { cors: false, ..Settings::default() }).await;
    let answer = preflight(&sandbox, "/v1/credentials/generate", "POST").await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header(ALLOWED), None);
    let answer = sandbox.send(Method::GET, "/_sandbox/state", &[], "").await;
    assert_eq!(answer.header(ALLOWED), None);
}
