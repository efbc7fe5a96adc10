//! Numbers that look random and are the same for a seed, wherever they are drawn.

/// `SplitMix64`: small, and good enough to choose what a test does next.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
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

    /// A small number below `end`.
    #[expect(clippy::cast_possible_truncation, reason = "it is below `end`")]
    pub(crate) const fn small(&mut self, end: u8) -> u8 {
        self.below(end as u64) as u8
    }

    /// Whether something happens that does so once in `times`.
    pub(crate) const fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// `None`, once in `times`.
    pub(crate) fn maybe<T>(&mut self, times: u64, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.once_in(times).then(|| some(self))
    }

    /// Up to `most` of something.
    pub(crate) fn some<T>(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| one(self)).collect()
    }
}
