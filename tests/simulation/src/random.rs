//! Everything that is left to chance.

use std::time::Duration;

/// `SplitMix64`.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Each actor has a row of its own, so that what one draws changes nothing for the others.
    pub(crate) const fn of(seed: u64, actor: u64) -> Self {
        let mut random = Self(seed ^ actor.wrapping_mul(0xd6e8_feb8_6659_fd93));
        random.next();
        random
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(crate) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) const fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) const fn up_to_millis(&mut self, millis: u64) -> Duration {
        Duration::from_millis(self.below(millis + 1))
    }

    pub(crate) fn small(&mut self, end: u8) -> usize {
        usize::try_from(self.below(end.into())).unwrap_or_default()
    }
}
