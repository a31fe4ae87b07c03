//! Owns the border to JavaScript. Nothing in here waits for JavaScript, holds a value of it or is called back by it, and no
//! logic lives here: what crosses is text, which `session` reads and writes.

#[cfg(feature = "trap")]
mod trap;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use crate::client::World;
use crate::json::Value;
use crate::session::{self, Asked};
#[cfg(feature = "standalone")]
use crate::standalone;
use crate::text::Text;

#[wasm_bindgen]
extern "C" {
    /// Unicode compatibility form, lower case; the tables are the runtime's.
    #[wasm_bindgen(js_name = foldName)]
    fn folded(name: &str) -> String;
}

/// Makes names comparable: case, form and white space aside.
fn fold_name(name: &str) -> Text {
    let mut words = String::new();
    let mut space = false;
    for found in folded(name).chars() {
        if found.is_whitespace() {
            space = !words.is_empty();
        } else {
            if core::mem::take(&mut space) {
                words.push(' ');
            }
            words.push(found);
        }
    }
    words.leak()
}

/// Whose memory is used from now on; 0 begins an arena. Gives the arena. Everything that crosses lies in one.
#[cfg(feature = "standalone")]
#[wasm_bindgen]
pub fn enter(arena: usize) -> usize {
    standalone::enter(arena)
}

/// Frees an arena, with all that lies in it.
#[cfg(feature = "standalone")]
#[wasm_bindgen]
pub fn leave(arena: usize) {
    standalone::leave(arena);
}

/// A call under way: each step takes what happened and gives what is to be done next (send this, wait so long, that is the
/// end).
#[wasm_bindgen]
pub struct Session(session::Session);

/// Begins a call: an operation, `verify`, or `ask` (a verifying service at `argument`). The first step makes it. Without
/// `token`, that is asked for at every attempt; `observed`: whether anybody wants to be told of what happens.
#[wasm_bindgen]
pub fn begin(
    observed: bool,
    verb: String,
    subject: Option<String>,
    argument: Option<String>,
    options: String,
    settings: String,
    token: Option<String>,
) -> Session {
    // The session's arena holds them until it ends.
    let kept = |text: Option<String>| text.map(|text| &*text.leak());
    let asked = Asked {
        verb: verb.leak(),
        subject: kept(subject),
        argument: kept(argument),
        options: options.leak(),
        settings: settings.leak(),
        token: kept(token),
    };
    let world = World { observed, ..World::default() };
    Session(session::Session::new(asked, world))
}

#[wasm_bindgen]
impl Session {
    /// Takes what happened (nothing at the first step) and goes on as far as it gets. Gives what was told meanwhile, a line
    /// each, an empty line, and what is to be done: a word, and on the next line its details.
    ///
    /// `event` and `body` may lie in an arena that ends with the step: nothing of them is kept, but what is copied.
    #[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
    pub fn step(&mut self, event: String, body: Vec<u8>, now_ms: f64, random: f64, quota: f64) -> String {
        #[cfg(feature = "trap")]
        trap::at("step");
        let world = &mut self.0.world;
        world.now_ms = now_ms as i64;
        world.random = random;
        world.quota = (quota >= 0.0).then_some(quota as u32);
        self.0.step(&event, &body, fold_name)
    }

    /// What is left for repeats after the step; negative where nothing has been spent yet.
    #[wasm_bindgen(getter)]
    pub fn quota(&self) -> f64 {
        self.0.world.quota.map_or(-1.0, f64::from)
    }
}

/// Reads a pasted link without a network. Gives `{ok, …}`, or an error as a session ends with.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn parse(text: Option<String>, options: String) -> String {
    #[cfg(feature = "trap")]
    trap::at("parse");
    session::parse(text.map(|text| &*text.leak()), &options).to_owned()
}

/// The rule that a text breaks as JSON (`duplicate_key`, say), or nothing. For what did not come by a session: a
/// webhook's body is judged like an answer.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn flaw(text: String) -> String {
    Value::parse(&text).err().map_or_else(String::new, |flaw| flaw.rule().to_owned())
}
