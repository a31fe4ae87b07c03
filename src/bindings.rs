//! Owns the border to JavaScript. Nothing in here waits for JavaScript, holds a value of it or is called back by it, and no
//! logic lives here: what crosses is text, which `session` reads and writes.

#[cfg(feature = "trap")]
mod trap;

use alloc::boxed::Box;
use alloc::string::String;

use wasm_bindgen::prelude::*;

use crate::client::World;
use crate::session::Session;
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

/// Begins a call, which the first step makes. `asked` and `argument`: as `Session` has them; `observed`: whether anybody wants to be
/// told of what happens.
///
/// Gives where the session lies in the arena. An exported class would be the same with a guard and its messages around it.
#[wasm_bindgen]
pub fn begin(observed: bool, asked: String, argument: Option<String>) -> usize {
    let world = World { observed, ..World::default() };
    // The session's arena holds them until it ends.
    let session = Session::new(asked.leak(), argument.map(|text| &*text.leak()), world);
    core::ptr::from_mut(Box::leak(Box::new(session))) as usize
}

/// The session that `begin` gave. It must not be used after its arena, nor while it takes a step.
#[allow(unsafe_code, reason = "JavaScript holds no references")]
fn session<'a>(place: usize) -> &'a mut Session {
    // SAFETY: `glue.js` keeps the place beside its arena, and nothing that a step calls comes back to the same session.
    unsafe { &mut *(place as *mut Session) }
}

/// Takes what happened (nothing at the first step) and goes on as far as it gets. Gives what was told meanwhile, a line
/// each, an empty line, and what is to be done: a word, and on the next line its details.
///
/// `event` and `body` may lie in an arena that ends with the step: nothing of them is kept, but what is copied.
#[wasm_bindgen]
#[allow(clippy::needless_pass_by_value, reason = "arguments are owned on the whole border")]
pub fn step(place: usize, event: String, body: String, now_ms: f64, random: f64, quota: f64) -> String {
    #[cfg(feature = "trap")]
    trap::at(session(place).place());
    let session = session(place);
    let world = &mut session.world;
    world.now_ms = now_ms as i64;
    world.random = random;
    world.quota = (quota >= 0.0).then_some(quota as u32);
    session.step(&event, &body, fold_name)
}

/// What is left for repeats after the step; negative where nothing has been spent yet.
#[wasm_bindgen]
pub fn quota(place: usize) -> f64 {
    session(place).world.quota.map_or(-1.0, f64::from)
}
