//! Parses and queues scripted responses. [`crate::faults`] sends them.

use std::{
    collections::{BTreeMap, VecDeque},
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use axum::{
    body::Bytes,
    http::{HeaderName, HeaderValue, Method, StatusCode},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::wire::{CutAt, CutWith};

/// One scripted answer, as written. See the README for what each field does.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    #[serde(rename = "match", default, skip_serializing_if = "Option::is_none")]
    only: Option<Match>,
    #[serde(default)]
    apply: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    apply_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    headers: BTreeMap<String, Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_base64: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body_repeat: Option<Repeat>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk_bytes: Option<NonZeroUsize>,
    #[serde(default)]
    chunk_delay_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stall_after_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<CutAt>,
    #[serde(default)]
    cut_with: CutWith,
    #[serde(default = "yes")]
    cors: bool,
    #[serde(default = "once")]
    times: NonZeroU32,
}

fn yes() -> bool {
    true
}

fn once() -> NonZeroU32 {
    NonZeroU32::MIN
}

/// Which requests a step is for; all of them where nothing is said.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Match {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_prefix: Option<String>,
}

/// A body too large to be written down.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    text: String,
    times: u64,
}

impl Step {
    fn is_for(&self, method: &Method, path: &str) -> bool {
        self.only.as_ref().is_none_or(|only| {
            only.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method.as_str()))
                && only.path_prefix.as_ref().is_none_or(|prefix| path.starts_with(prefix))
        })
    }
}

/// What is left of an answer when the script has been understood: nothing in it can fail any more.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) effect: Effect,
    pub(crate) status: Option<StatusCode>,
    /// `None` takes the header away.
    pub(crate) headers: Vec<(HeaderName, Option<HeaderValue>)>,
    pub(crate) body: Option<Payload>,
    pub(crate) delay: Duration,
    pub(crate) pace: Pace,
    pub(crate) cut: Option<(CutAt, CutWith)>,
    pub(crate) cors: bool,
}

/// Whether and when the request is carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Effect {
    None,
    /// Before the response.
    First,
    /// So long after the request, whatever becomes of the response.
    Later(Duration),
}

/// How the body goes out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) chunk_bytes: usize,
    pub(crate) chunk_delay: Duration,
    pub(crate) stall_after: Option<u64>,
}

/// Large enough to be quick, small enough not to hold a repeated body in memory.
const CHUNK: usize = 64 * 1024;

/// The bytes of a body, a unit repeated.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    unit: Bytes,
    length: u64,
}

impl From<Bytes> for Payload {
    fn from(unit: Bytes) -> Self {
        let length = unit.len() as u64;
        Self { unit, length }
    }
}

impl Payload {
    fn repeated(text: &str, times: u64) -> Result<Self, String> {
        let length = (text.len() as u64).checked_mul(times).ok_or("body_repeat: the body would be too long")?;
        // Short texts are laid out beforehand; `times` of them may be less than that, though.
        let copies = (CHUNK / text.len().max(1)).max(1);
        let unit = Bytes::from(text.repeat(copies));
        Ok(Self { unit, length })
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// At most so many bytes from that place on; none at the end.
    pub(crate) fn piece(&self, from: u64, most: u64) -> Bytes {
        let most = most.min(self.length.saturating_sub(from));
        let unit = self.unit.len() as u64;
        let start = from.checked_rem(unit).unwrap_or(0);
        let end = start.saturating_add(most).min(unit);
        // Both are within the unit, whose length is a usize.
        let index = |place: u64| usize::try_from(place).unwrap_or(self.unit.len());
        self.unit.slice(index(start)..index(end))
    }
}

impl TryFrom<&Step> for Fault {
    type Error = String;

    fn try_from(step: &Step) -> Result<Self, String> {
        Ok(Self {
            effect: effect(step)?,
            status: step.status.map(status).transpose()?,
            headers: step
                .headers
                .iter()
                .map(|(name, value)| header(name, value.as_deref()))
                .collect::<Result<_, _>>()?,
            body: payload(step)?,
            delay: Duration::from_millis(step.delay_ms),
            pace: Pace {
                chunk_bytes: step.chunk_bytes.map_or(CHUNK, NonZeroUsize::get),
                chunk_delay: Duration::from_millis(step.chunk_delay_ms),
                stall_after: step.stall_after_bytes,
            },
            cut: step.cut.map(|at| (at, step.cut_with)),
            cors: step.cors,
        })
    }
}

fn effect(step: &Step) -> Result<Effect, String> {
    match (step.apply, step.apply_after_ms) {
        (false, None) => Ok(Effect::None),
        (true, None) => Ok(Effect::First),
        (false, Some(ms)) => Ok(Effect::Later(Duration::from_millis(ms))),
        (true, Some(_)) => Err("use only one of apply and apply_after_ms".to_owned()),
    }
}

/// Below 200 an answer is not final, so a client would wait for the next.
fn status(code: u16) -> Result<StatusCode, String> {
    StatusCode::from_u16(code)
        .ok()
        .filter(|status| (200..=599).contains(&status.as_u16()))
        .ok_or_else(|| format!("status must be from 200 to 599, not {code}"))
}

fn header(name: &str, value: Option<&str>) -> Result<(HeaderName, Option<HeaderValue>), String> {
    let header = HeaderName::try_from(name).map_err(|error| format!("headers: {name}: {error}"))?;
    let value = value.map(HeaderValue::try_from).transpose().map_err(|error| format!("headers: {name}: {error}"))?;
    Ok((header, value))
}

fn payload(step: &Step) -> Result<Option<Payload>, String> {
    match (&step.body, &step.body_base64, &step.body_repeat) {
        (None, None, None) => Ok(None),
        (Some(text), None, None) => Ok(Some(Bytes::from(text.clone()).into())),
        (None, Some(text), None) => BASE64_STANDARD
            .decode(text)
            .map(|bytes| Some(Bytes::from(bytes).into()))
            .map_err(|error| format!("body_base64: {error}")),
        (None, None, Some(repeat)) => Payload::repeated(&repeat.text, repeat.times).map(Some),
        _ => Err("use only one of body, body_base64 and body_repeat".to_owned()),
    }
}

/// The scripted answers still to be given.
#[derive(Default)]
pub(crate) struct Script(VecDeque<(Step, Fault)>);

impl Script {
    /// Adds all the steps behind those there are, or none of them if one makes no sense.
    pub(crate) fn extend(&mut self, steps: Vec<Step>) -> Result<(), String> {
        let understood = steps
            .into_iter()
            .enumerate()
            .map(|(index, step)| match Fault::try_from(&step) {
                Ok(fault) => Ok((step, fault)),
                Err(error) => Err(format!("step {index}: {error}")),
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.0.extend(understood);
        Ok(())
    }

    pub(crate) fn remaining(&self) -> Vec<&Step> {
        self.0.iter().map(|(step, _)| step).collect()
    }

    /// Takes the first answer that is for such a request.
    pub(crate) fn take(&mut self, method: &Method, path: &str) -> Option<Fault> {
        let index = self.0.iter().position(|(step, _)| step.is_for(method, path))?;
        let (step, fault) = self.0.get_mut(index)?;
        if let Some(fewer) = NonZeroU32::new(step.times.get() - 1) {
            step.times = fewer;
            return Some(fault.clone());
        }
        self.0.remove(index).map(|(_, fault)| fault)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn script(steps: serde_json::Value) -> Result<Script, String> {
        let steps = serde_json::from_value(steps).map_err(|error| error.to_string())?;
        let mut script = Script::default();
        script.extend(steps)?;
        Ok(script)
    }

    fn next(script: &mut Script, method: &Method, path: &str) -> Option<u16> {
        let fault = script.take(method, path)?;
        fault.status.map(|status| status.as_u16())
    }

    #[test]
    fn steps_are_taken_in_order_by_the_requests_they_are_for() {
        let mut script = script(json!([
            {"status": 500, "match": {"method": "post"}},
            {"status": 501, "match": {"path_prefix": "/v1/credential/"}},
            {"status": 502, "times": 2},
        ]))
        .unwrap();
        let view = "/v1/credential/x/view";
        assert_eq!(next(&mut script, &Method::GET, view), Some(501));
        assert_eq!(next(&mut script, &Method::GET, view), Some(502));
        assert_eq!(script.remaining().len(), 2);
        assert_eq!(next(&mut script, &Method::POST, view), Some(500));
        assert_eq!(next(&mut script, &Method::POST, view), Some(502));
        assert_eq!(next(&mut script, &Method::POST, view), None);
    }

    #[test]
    fn senseless_steps_are_refused_together() {
        for step in [
            json!({"status": 100}),
            json!({"status": 700}),
            json!({"body": "a", "body_base64": "YQ=="}),
            json!({"body_base64": "?"}),
            json!({"apply": true, "apply_after_ms": 1}),
            json!({"headers": {"a b": "c"}}),
            json!({"headers": {"a": "b\nc"}}),
            json!({"times": 0}),
            json!({"chunk_bytes": 0}),
            json!({"cut": "somewhere"}),
            json!({"stauts": 200}),
            json!({"match": {"pathprefix": "/v1"}}),
            json!({"body_repeat": {"text": "ab", "times": u64::MAX}}),
        ] {
            assert!(script(json!([{}, step])).is_err(), "{step}");
        }
    }

    #[test]
    fn repeated_bodies_have_the_bytes_of_the_whole() {
        for text in ["", "a", "abc", &"x".repeat(CHUNK + 1)] {
            let payload = Payload::repeated(text, 7).unwrap();
            let mut bytes = Vec::new();
            loop {
                let piece = payload.piece(bytes.len() as u64, 1000);
                if piece.is_empty() {
                    break;
                }
                bytes.extend_from_slice(&piece);
            }
            assert_eq!(bytes, text.repeat(7).into_bytes());
        }
    }
}
