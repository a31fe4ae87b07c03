//! Owns failing on purpose, for the tests of what happens then. Not in the shipped wasm: the feature `trap` puts it in.

use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The test's word on what is to happen here. What it throws goes through this instance.
    #[wasm_bindgen(js_namespace = globalThis, js_name = hyperstackTrap)]
    fn word(place: &str) -> Option<String>;
}

pub(super) fn at(place: &str) {
    match word(place).as_deref() {
        Some("panic") => core::arch::wasm32::unreachable(),
        Some("memory") => {
            // Each half of what 32 bits can address.
            let halves: [Vec<u8>; 2] = [Vec::with_capacity(0x7fff_0000), Vec::with_capacity(0x7fff_0000)];
            core::hint::black_box(halves);
        }
        _ => {}
    }
}
