//! Random histories that can be had again, as many as there is time for.

use std::env;

/// Small random numbers, always the same for the same seed.
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn seeded(seed: u64) -> Self {
        println!("seed {seed}");
        // No seed is 0, which would stay so, and neighbours are far apart.
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// How many there are to be: `CQRS_SOAK` is set when there is much time.
pub(crate) fn usually(usual: u64, in_a_soak: u64) -> u64 {
    if env::var_os("CQRS_SOAK").is_some() {
        in_a_soak
    } else {
        usual
    }
}
