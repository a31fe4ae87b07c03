//! Owns what `std` would bring: the allocator, and what happens on a panic.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr::null_mut;

/// Memory as sessions need it: what one allocates is not freed piece by piece but as a whole, at its end, so giving back is
/// no code at all (docs/decisions/0013-size.md). An arena is a chain of chunks, filled from front to back. Sessions take turns, so
/// `glue.js` says before each turn whose arena is filled.
struct Arenas {
    /// The first chunk of the arena that is filled.
    arena: Cell<*mut Chunk>,
    /// Chunks that were given back, by the power of two. They are never split or joined, so sessions that need the same
    /// need no more memory the thousandth time.
    free: [Cell<*mut Chunk>; 32],
    /// What lies from here to the end of the memory is nobody's yet.
    rest: Cell<usize>,
}

/// The beginning of a chunk; behind it lie as many bytes as a power of two says.
struct Chunk {
    /// The one that was filled before this, or the next that is free.
    before: *mut Chunk,
    /// Of an arena's first: the one that is filled.
    newest: *mut Chunk,
    /// The first address that is not given away.
    used: usize,
    /// Where it ends.
    end: usize,
}

#[global_allocator]
static ARENAS: Arenas =
    Arenas { arena: Cell::new(null_mut()), free: [const { Cell::new(null_mut()) }; 32], rest: Cell::new(0) };

const PAGE: usize = 1 << 16;
const HEAD: usize = size_of::<Chunk>();
/// What every block begins at a multiple of; so does what lies behind a chunk's beginning.
const ALIGN: usize = 8;
const _: () = assert!(HEAD.is_multiple_of(ALIGN));
/// Of the smallest chunks.
const SMALLEST_POWER: u32 = 12;

/// Whose memory is used from now on; 0 begins an arena. Gives the arena.
pub(crate) fn enter(arena: usize) -> usize {
    ARENAS.arena.set(arena as *mut Chunk);
    if arena == 0 {
        ARENAS.grow(0);
    }
    ARENAS.arena.get() as usize
}

/// Gives an arena's memory back. It must not be used any more.
#[allow(unsafe_code, reason = "an allocator hands out memory")]
pub(crate) fn leave(arena: usize) {
    let first = arena as *mut Chunk;
    if ARENAS.arena.get() == first {
        ARENAS.arena.set(null_mut());
    }
    // SAFETY: an arena's chunks are chained, the newest first, and are nobody else's.
    unsafe {
        let mut chunk = (*first).newest;
        while let Some(found) = chunk.as_mut()
            && let Some(list) = ARENAS.free.get((found.end - chunk as usize - HEAD).trailing_zeros() as usize)
        {
            let before = found.before;
            found.before = list.get();
            list.set(chunk);
            chunk = before;
        }
    }
}

impl Arenas {
    /// A chunk that nobody had yet; null where there is no more memory.
    fn fresh(&self, power: u32) -> *mut Chunk {
        let size = HEAD + (1_usize << power);
        let end = memory_size(0).wrapping_mul(PAGE);
        // At first nothing is known to be free.
        let rest = if self.rest.get() == 0 { end } else { self.rest.get() };
        let missing = size.saturating_sub(end.wrapping_sub(rest));
        if missing > 0 && memory_grow(0, missing.div_ceil(PAGE)) == usize::MAX {
            return null_mut();
        }
        self.rest.set(rest.wrapping_add(size));
        rest as *mut Chunk
    }

    /// Gives the arena a chunk with room for so many bytes, or begins one; null where there is no more memory.
    #[cold]
    #[inline(never)]
    #[allow(unsafe_code, reason = "an allocator hands out memory")]
    fn grow(&self, size: usize) -> *mut Chunk {
        let power = SMALLEST_POWER.max(usize::BITS - size.saturating_sub(1).leading_zeros());
        let Some(list) = self.free.get(power as usize) else { return null_mut() };
        let mut chunk = list.get();
        // SAFETY: a chunk that is free or fresh is nobody's, and has room for its beginning.
        unsafe {
            if chunk.is_null() {
                chunk = self.fresh(power);
                if chunk.is_null() {
                    return chunk;
                }
            } else {
                list.set((*chunk).before);
            }
            (*chunk).end = chunk as usize + HEAD + (1 << power);
            (*chunk).used = chunk as usize + HEAD;
            (*chunk).before = null_mut();
            let mut first = self.arena.get();
            if first.is_null() {
                first = chunk;
                self.arena.set(chunk);
            } else {
                (*chunk).before = (*first).newest;
            }
            (*first).newest = chunk;
        }
        chunk
    }
}

// SAFETY: wasm has one thread here.
#[allow(unsafe_code, reason = "an allocator hands out memory")]
unsafe impl Sync for Arenas {}

/// A size as it is given away.
const fn rounded(size: usize) -> usize {
    (size + (ALIGN - 1)) & !(ALIGN - 1)
}

// SAFETY: a block lies behind all that its chunk has given away, within the chunk, and aligned as asked.
#[allow(unsafe_code, reason = "an allocator hands out memory")]
unsafe impl GlobalAlloc for Arenas {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = rounded(layout.size());
        if layout.align() > ALIGN {
            return null_mut();
        }
        // SAFETY: what is not null is a chunk.
        unsafe {
            let mut chunk = self.arena.get();
            if !chunk.is_null() {
                chunk = (*chunk).newest;
            }
            loop {
                if !chunk.is_null() {
                    let start = (*chunk).used;
                    if size <= (*chunk).end - start {
                        (*chunk).used = start + size;
                        return start as *mut u8;
                    }
                }
                chunk = self.grow(size);
                if chunk.is_null() {
                    return null_mut();
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the block is in an arena, so there is one; the size is one that a layout can have, says the caller.
        unsafe {
            if size <= layout.size() {
                return block;
            }
            // What was given away last grows where it is: texts are mostly written one at a time.
            if let Some(first) = self.arena.get().as_ref() {
                let chunk = first.newest;
                let start = block as usize;
                if start + rounded(layout.size()) == (*chunk).used && rounded(size) <= (*chunk).end - start {
                    (*chunk).used = start + rounded(size);
                    return block;
                }
            }
            let larger = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !larger.is_null() {
                core::ptr::copy_nonoverlapping(block, larger, layout.size());
            }
            larger
        }
    }
}

/// Panics are denied by lint; one that happens all the same is a trap. Looking at what it says would link `core::fmt`.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
