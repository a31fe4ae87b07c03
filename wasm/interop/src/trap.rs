//! Fails on purpose, for tests of recovery.

use std::hint::black_box;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What is to happen at this place. What the test's function throws passes through this instance.
    #[wasm_bindgen(js_namespace = globalThis, js_name = hyperstackTrap)]
    fn failure_at(place: &str) -> Option<String>;
}

/// Fails if the test says so.
pub(crate) fn at(place: &str) {
    match failure_at(place).as_deref() {
        Some("panic") => core::arch::wasm32::unreachable(),
        Some("memory") => {
            // Each half of what 32 bits can address.
            let halves: [Vec<u8>; 2] = [Vec::with_capacity(0x7fff_0000), Vec::with_capacity(0x7fff_0000)];
            black_box(halves);
        }
        Some("stack") => {
            black_box(recurse(1));
        }
        _ => {}
    }
}

#[allow(unconditional_recursion, reason = "the stack is to overflow")]
fn recurse(depth: u64) -> u64 {
    let page = black_box([depth; 512]);
    recurse(depth + 1) + page.iter().sum::<u64>()
}
