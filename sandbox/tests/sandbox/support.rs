//! Starts a sandbox for one test and sends requests to it.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt as _, Full};
use hyper::{HeaderMap, Method, Request, StatusCode, body::Bytes};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use hyperstack_sandbox::{Server, Settings};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use crate::fixtures::GROUP;

/// Nothing here takes as long, unless it hangs.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) const TOKEN: &str = "a-Secret-0815";

pub(crate) struct Sandbox {
    pub(crate) address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    server: JoinHandle<()>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        Some(self.headers.get(name)?.to_str().unwrap())
    }
}

impl Sandbox {
    pub(crate) async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let token = TOKEN.to_owned();
        let server = Server::new(Settings { token, ..settings }).unwrap();
        let server = tokio::spawn(server.serve(listener, std::future::pending()));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { address, client, server }
    }

    /// Sends exactly these headers and this body.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).unwrap();
        timeout(LIMIT, async {
            let response = self.client.request(request).await.unwrap();
            let (parts, body) = response.into_parts();
            Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
        })
        .await
        .expect("the sandbox hangs")
    }

    /// Calls the API the way the documentation shows it.
    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let authorization = format!("Bearer {TOKEN}");
        let mut headers = vec![("authorization", authorization.as_str())];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        let body = body.map_or_else(String::new, Value::to_string);
        self.send(method, path, &headers, body).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.api(Method::POST, path, Some(&body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.api(Method::GET, path, None).await
    }

    pub(crate) async fn view(&self, id: &str) -> Answer {
        self.get(&format!("/v1/credential/{id}/view")).await
    }

    pub(crate) async fn publish(&self, id: &str) -> Answer {
        let path = format!("/v1/credential/{id}/publish");
        self.api(Method::POST, &path, None).await
    }

    /// Steers the sandbox, which must agree.
    pub(crate) async fn steer(&self, method: Method, path: &str, body: Value) -> Value {
        let path = format!("/_sandbox/{path}");
        let answer = self.send(method, &path, &[], body.to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn watch(&self, path: &str) -> Value {
        let path = format!("/_sandbox/{path}");
        let answer = self.send(Method::GET, &path, &[], "").await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub(crate) async fn script(&self, steps: Value) {
        self.steer(Method::POST, "script", steps).await;
    }

    pub(crate) async fn put_credential(&self, id: &str, change: Value) -> Value {
        let path = format!("credentials/{id}");
        self.steer(Method::PUT, &path, change).await
    }

    pub(crate) async fn put_group(&self, key: &str, change: Value) -> Value {
        let path = format!("groups/{key}");
        self.steer(Method::PUT, &path, change).await
    }

    /// Drafts a credential and gives its id.
    pub(crate) async fn draft(&self, group_key: &str) -> String {
        let answer = self.post("/v1/credentials/generate", order(group_key)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["document_id"].as_str().unwrap().to_owned()
    }

    /// A view over a connection of its own.
    pub(crate) async fn raw(&self, id: &str) -> Raw {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let host = self.address;
        let request = format!(
            "GET /v1/credential/{id}/view HTTP/1.1\r\nhost: {host}\r\n\
             authorization: Bearer {TOKEN}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Raw { stream, bytes: Vec::new(), sent: Instant::now() }
    }

    /// Posts a body over a connection of its own.
    pub(crate) async fn raw_post(&self, path: &str, body: &Value) -> Raw {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (host, body) = (self.address, body.to_string());
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        Raw { stream, bytes: Vec::new(), sent: Instant::now() }
    }
}

/// A sandbox with the group of the documentation's examples.
pub(crate) async fn with_example_group() -> Sandbox {
    let sandbox = Sandbox::start().await;
    sandbox.put_group(GROUP, json!({})).await;
    sandbox
}

/// Demands an answer of our own to a request the documentation gives none for.
pub(crate) fn assert_own_refusal(answer: &Answer, of: &Value) {
    assert_eq!(answer.status, 400, "{of}");
    let body = answer.json();
    assert_eq!(body["success"], false, "{of}");
    assert!(body["error"].as_str().unwrap().starts_with("Sandbox: "), "{of}");
    assert!(body.get("error_code").is_none(), "{of}");
}

/// The request of the documentation's example.
pub(crate) fn order(group_key: &str) -> Value {
    json!({
        "recipient": {"name": "John Doe", "email": "john@example.com"},
        "group_key": group_key,
        "custom_attributes": {"custom_location": "Mars"},
    })
}

/// How a connection ended.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum End {
    /// In order (FIN).
    Closed,
    /// By a reset (RST).
    Reset,
}

/// A connection, byte by byte.
pub(crate) struct Raw {
    stream: TcpStream,
    pub(crate) bytes: Vec<u8>,
    sent: Instant,
}

impl Raw {
    /// Reads on; the end, if it is reached.
    async fn read(&mut self) -> Option<End> {
        match self.stream.read_buf(&mut self.bytes).await {
            Ok(0) => Some(End::Closed),
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Some(End::Reset),
            Err(error) => panic!("unexpected end: {error}"),
        }
    }

    /// Reads until the server ends the connection.
    pub(crate) async fn until_end(&mut self) -> End {
        timeout(LIMIT, async {
            loop {
                if let Some(end) = self.read().await {
                    return end;
                }
            }
        })
        .await
        .expect("the connection stays open")
    }

    /// Reads until so many bytes of the body are there, and gives the time that took.
    pub(crate) async fn until_body(&mut self, count: usize) -> Duration {
        timeout(LIMIT, async {
            while self.body().is_none_or(|body| body.len() < count) {
                let end = self.read().await;
                assert!(end.is_none(), "ended too early: {:?}", self.text());
            }
        })
        .await
        .expect("the body does not come");
        self.sent.elapsed()
    }

    /// Whether nothing more comes for a while.
    pub(crate) async fn is_silent(&mut self) -> bool {
        timeout(Duration::from_millis(300), self.read()).await.is_err()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What follows the headers, if those are complete.
    pub(crate) fn body(&self) -> Option<&[u8]> {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        Some(&self.bytes[end + 4..])
    }
}
