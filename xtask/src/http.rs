//! Sends GET requests to servers on this machine, to check whether they respond. Not a general HTTP client.
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// The response of a server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Sends a GET to a server on this machine, `base` being `http://address:port`.
pub(crate) fn get(base: &str, path: &str, token: Option<&str>) -> Result<Answer> {
    let authority = base
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'))
        .with_context(|| format!("{base} is not an http address"))?;
    let address: SocketAddr = authority.parse().with_context(|| format!("{authority} is not a host with a port"))?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(10)))?;
    let authorization = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    // Version 1.0: the body is then neither chunked nor followed by another response.
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {authority}\r\nAccept: */*\r\n{authorization}\r\n")?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    parse(&String::from_utf8_lossy(&answer))
}

fn parse(answer: &str) -> Result<Answer> {
    let status = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|digits| digits.parse().ok());
    let (Some(status), Some((_, body))) = (status, answer.split_once("\r\n\r\n")) else {
        bail!("not an HTTP response: {answer:.80}");
    };
    Ok(Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_status_and_body() {
        let answer = parse("HTTP/1.1 200 OK\r\nA: b\r\n\r\n[1]\r\n\r\n").unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, "[1]\r\n\r\n");
        assert_eq!(parse("HTTP/1.0 404 Not Found\r\n\r\n").unwrap().status, 404);
    }

    #[test]
    fn refuses_other_responses_and_addresses() {
        for text in ["", "SSH-2.0", "HTTP/1.1 ", "HTTP/1.1 200 OK\r\n"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        assert!(get("https://example.test", "/", None).is_err());
    }
}
