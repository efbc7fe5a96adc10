//! Ids that are the same in every run.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cqrs_core::clock::Ids;
use uuid::Uuid;

/// Draws `..0001`, `..0002` and so on, so that a test gives the same ids in every run. Clones draw from the same row.
///
/// ```
/// use cqrs_core::clock::Ids;
/// use cqrs_testing::CountedIds;
///
/// let ids = CountedIds::default();
/// assert_eq!(ids.next().to_string(), "00000000-0000-8000-8000-000000000001");
/// ```
#[derive(Clone, Debug, Default)]
pub struct CountedIds {
    drawn: Arc<AtomicU64>,
}

impl Ids for CountedIds {
    fn next(&self) -> Uuid {
        id(self.drawn.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The id with this number.
pub(crate) const fn id(number: u64) -> Uuid {
    uuid::Builder::from_u128(number as u128)
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::Custom)
        .into_uuid()
}
