//! Owns what `std` would bring: the allocator, and what happens on a panic.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr::null_mut;

/// Blocks of powers of two, and of each size a list of those that were given back. Nothing is ever split or joined, so
/// calls that need the same need no more memory the thousandth time. A fifth of talc's size (docs/decisions/0013-size.md).
struct Blocks {
    /// By the power of two. A free block begins with the address of the next.
    free: [Cell<*mut u8>; 32],
    /// What lies from here to the end of the memory is nobody's yet.
    rest: Cell<usize>,
}

#[global_allocator]
static BLOCKS: Blocks = Blocks { free: [const { Cell::new(null_mut()) }; 32], rest: Cell::new(0) };

const PAGE: usize = 1 << 16;
/// Room for the address of the next block, and aligned for everything.
const SMALLEST: usize = 16;

fn power(size: usize) -> u32 {
    usize::BITS - (size.max(SMALLEST) - 1).leading_zeros()
}

impl Blocks {
    fn list(&self, power: u32) -> Option<&Cell<*mut u8>> {
        self.free.get(power as usize)
    }

    /// A block that nobody had yet; null where there is no more memory.
    #[cold]
    fn fresh(&self, power: u32) -> *mut u8 {
        let size = 1_usize << power;
        let end = memory_size(0).wrapping_mul(PAGE);
        // At first nothing is known to be free.
        let rest = if self.rest.get() == 0 { end } else { self.rest.get() };
        let missing = size.saturating_sub(end.wrapping_sub(rest));
        if missing > 0 && memory_grow(0, missing.div_ceil(PAGE)) == usize::MAX {
            return null_mut();
        }
        self.rest.set(rest.wrapping_add(size));
        rest as *mut u8
    }
}

// SAFETY: wasm has one thread here.
#[allow(unsafe_code, reason = "an allocator hands out memory")]
unsafe impl Sync for Blocks {}

// SAFETY: a block is as large as its power says, at a multiple of 16, and in nobody's hands: it is fresh, or was given back.
#[allow(unsafe_code, reason = "an allocator hands out memory")]
unsafe impl GlobalAlloc for Blocks {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let power = power(layout.size());
        let Some(list) = self.list(power).filter(|_| layout.align() <= SMALLEST) else { return null_mut() };
        let block = list.get();
        if block.is_null() {
            return self.fresh(power);
        }
        // SAFETY: a block in the list begins with the address of the next.
        list.set(unsafe { *block.cast() });
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if let Some(list) = self.list(power(layout.size())) {
            // SAFETY: nobody has it any more, and it has room for an address.
            unsafe { *block.cast() = list.get() };
            list.set(block);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if power(layout.size()) == power(size) {
            return block;
        }
        // SAFETY: the size is one that a layout can have, says the caller.
        let larger = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !larger.is_null() {
            // SAFETY: both blocks are at least as large as the smaller size, and different ones.
            unsafe {
                core::ptr::copy_nonoverlapping(block, larger, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        larger
    }
}

/// Panics are denied by lint; one that happens all the same is a trap. Looking at what it says would link `core::fmt`.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
