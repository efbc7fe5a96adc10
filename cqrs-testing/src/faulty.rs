//! A store that fails when it is told to.

mod events;
mod faults;
mod leases;
mod views;

use std::{fmt, sync::Arc};

use cqrs_core::Store;

pub use self::faults::Faults;

/// A store around another one that fails, delays, loses acknowledgements or its connection on demand.
///
/// For tests of what a program does when its store does not do well. A clone is the same store with the same faults.
///
/// ```
/// use cqrs_core::{Append, AppendError, Memory, Store};
/// use cqrs_testing::FaultyStore;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = FaultyStore::new(Memory::new());
/// store.faults().lose_acknowledgements(1);
///
/// let store: &dyn Store = &store;
/// let answer = store.append(Append::new()).await;
/// assert!(matches!(answer, Err(AppendError::Unknown(_))));
/// assert!(store.append(Append::new()).await.is_ok());
/// # });
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Commits of projections into tables go to the store itself, whose type they name.
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn Store>,
    faults: Faults,
}

impl FaultyStore {
    /// A store that does well until it is told otherwise.
    #[must_use]
    pub fn new(inner: impl Store) -> Self {
        Self {
            inner: Arc::new(inner),
            faults: Faults::default(),
        }
    }

    /// What is wrong with it: a handle that a test keeps.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore")
            .field("inner", &self.inner)
            .field("faults", &self.faults)
            .finish()
    }
}
