//! Random operations on a store and on a model of it, which must agree after each.

mod documents;
mod reference;
pub(crate) mod rng;
mod runner;
mod shrink;
mod step;
mod views;

use std::{env, fmt};

use self::{rng::Rng, shrink::run, step::Step};
use crate::MakeStore;

/// The environment variable that replays one sequence: the seed that a failure printed.
pub const SEED_VARIABLE: &str = "CQRS_MODEL_SEED";

/// The operations done on one store before the next one is made.
const SEQUENCE: usize = 200;

/// Does random operations on fresh stores and on a model written as simply as can be, and compares after each.
///
/// Appends of every kind, repeated and altered ones, reads, erasures, snapshots, commits of views and their documents.
/// The same seed always does the same. A sequence that shows a difference is made as short as it can be.
///
/// ```
/// use cqrs_core::Memory;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// cqrs_testing::model_test(&|| async { Memory::new() }, 1_000, 1).await;
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// When store and model differ. The message has the steps, both results, and how to replay it.
pub async fn model_test<Kind>(make_store: &impl MakeStore<Kind>, operations: usize, seed: u64) {
    let found = match env::var(SEED_VARIABLE)
        .ok()
        .and_then(|text| text.parse().ok())
    {
        Some(replay) => find_in_sequence(make_store, replay, SEQUENCE).await,
        None => find_divergence(make_store, operations, seed).await,
    };
    if let Some(divergence) = found {
        panic!("{divergence}");
    }
}

/// As [`model_test`], but answers what was found.
pub async fn find_divergence<Kind>(
    make_store: &impl MakeStore<Kind>,
    operations: usize,
    seed: u64,
) -> Option<Divergence> {
    let mut seeds = Rng::new(seed);
    let mut left = operations;
    while left > 0 {
        let count = left.min(SEQUENCE);
        left -= count;
        let found = find_in_sequence(make_store, seeds.next(), count).await;
        if found.is_some() {
            return found;
        }
    }
    None
}

async fn find_in_sequence<Kind>(
    make_store: &impl MakeStore<Kind>,
    seed: u64,
    count: usize,
) -> Option<Divergence> {
    let mut steps = step::steps(seed, count);
    let (last, difference) = run(make_store, &steps).await.err()?;
    steps.truncate(last + 1);
    let (steps, difference) = shrink::shrink(make_store, steps, difference).await;
    Some(Divergence {
        seed,
        found_after: last + 1,
        steps,
        difference: difference.0,
    })
}

/// A sequence of operations after which a store and its model differ.
#[derive(Clone, Debug)]
pub struct Divergence {
    seed: u64,
    found_after: usize,
    steps: Vec<Step>,
    difference: String,
}

impl Divergence {
    /// The seed of the sequence, which replays it.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// How many steps are left after shrinking.
    #[must_use]
    pub const fn steps(&self) -> usize {
        self.steps.len()
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the store and its model differ after {} steps ({} before shrinking):",
            self.steps.len(),
            self.found_after
        )?;
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "{:>3}. {step:?}", index + 1)?;
        }
        writeln!(f, "in {}", self.difference)?;
        write!(f, "replay: {SEED_VARIABLE}={} cargo test", self.seed)
    }
}
