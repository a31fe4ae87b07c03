//! Owns what `std` would bring: the allocator, and what happens on a panic.

/// talc is a third of dlmalloc's size (docs/decisions/0002-no-std.md).
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Panics are denied by lint; one that happens all the same is a trap. Looking at what it says would link `core::fmt`.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
