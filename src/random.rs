//! Owns chance in tests: the same numbers in every run, unless `HYPERSTACK_SEED` says otherwise. `HYPERSTACK_ROUNDS=20` has
//! the tests that draw try twenty times as many.

/// xorshift64*: good enough to pick and to change, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    /// Tells its seed, which the test's output has where it fails.
    #[allow(clippy::print_stdout, reason = "captured, and shown where the test fails")]
    pub(crate) fn new(seed: u64) -> Self {
        let given = std::env::var("HYPERSTACK_SEED").ok();
        let seed = given.map_or(seed, |text| text.parse().expect("HYPERSTACK_SEED is a number"));
        println!("HYPERSTACK_SEED={seed}");
        Self(seed.max(1))
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// From 0 to one less than `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from((self.next() >> 33) % bound as u64).expect("a usize")
    }

    pub(crate) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.below(256) as u8).collect()
    }
}

/// How often a test that draws is to try.
pub(crate) fn rounds(usual: usize) -> usize {
    let times = std::env::var("HYPERSTACK_ROUNDS").ok();
    times.map_or(usual, |text| usual * text.parse::<usize>().expect("HYPERSTACK_ROUNDS is a number"))
}
