//! Random numbers for tests: the same in every run, unless `HYPERSTACK_SEED` sets another seed. `HYPERSTACK_ROUNDS=20` makes tests
//! try twenty times as many inputs.

/// xorshift64*: good enough to pick and to mutate, and the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    /// Prints its seed, which is in the output of a test that fails.
    #[allow(clippy::print_stdout, reason = "captured, and shown when the test fails")]
    pub(crate) fn new(seed: u64) -> Self {
        let given = std::env::var("HYPERSTACK_SEED").ok();
        let seed = given.map_or(seed, |text| text.parse().expect("HYPERSTACK_SEED is a number"));
        println!("HYPERSTACK_SEED={seed}");
        Self(seed.max(1))
    }

    fn next(&mut self) -> u64 {
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

/// How often a test with random inputs tries.
pub(crate) fn rounds(usual: usize) -> usize {
    let times = std::env::var("HYPERSTACK_ROUNDS").ok();
    times.map_or(usual, |text| usual * text.parse::<usize>().expect("HYPERSTACK_ROUNDS is a number"))
}
