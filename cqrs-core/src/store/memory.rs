//! The store in memory: complete, fast, and gone with the program.

mod erasure;
mod event_store;
mod events;
mod index;
mod judge;
mod lease_store;
mod log;
#[cfg(test)]
mod tests;
mod time;
mod view_store;
mod views;

use std::{
    fmt,
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use tokio::sync::watch;

use self::{events::Events, views::Views};
use super::{
    Identity, Limits,
    error::{StoreError, StoreErrorKind},
    leases::LocalLeases,
};
use crate::{
    Position, StoreId,
    clock::{Clock, Ids, RandomIds, SystemClock},
};

/// A store that keeps everything in memory.
///
/// For tests, examples, and programs that keep nothing. It holds to the whole contract, so that what a test shows is true
/// of the other stores as well. An append is committed before [`submit`](super::EventStore::submit) returns.
///
/// A clone is another handle on the same store: two apps can run on one. Each handle has limits and a clock of its own,
/// and is closed by itself.
///
/// ```
/// # tokio_test(async {
/// use cqrs_core::{EventStore, Memory, Position};
///
/// let store = Memory::new();
/// assert_eq!(store.head().await?, Position::START);
/// # Ok(()) });
/// # fn tokio_test(test: impl Future<Output = Result<(), cqrs_core::ReadError>>) {
/// #     tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test).unwrap();
/// # }
/// ```
pub struct Memory {
    shared: Arc<Shared>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    closed: AtomicBool,
}

/// What all handles have in common.
struct Shared {
    identity: Identity,
    events: RwLock<Events>,
    views: RwLock<Views>,
    leases: LocalLeases,
    head: watch::Sender<Position>,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        let identity = Identity {
            store: StoreId::new(RandomIds.next()),
            epoch: 0,
        };
        Self {
            shared: Arc::new(Shared {
                identity,
                events: RwLock::default(),
                views: RwLock::default(),
                leases: LocalLeases::default(),
                head: watch::Sender::new(Position::START),
            }),
            limits: Limits::default(),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            closed: AtomicBool::new(false),
        }
    }

    /// This handle with other limits. Default: [`Limits::default`].
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// This handle with another clock. Default: [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// This handle with another source of ids, which are needed for what the store itself records. Default:
    /// [`RandomIds`].
    #[must_use]
    pub fn with_ids(mut self, ids: Arc<dyn Ids>) -> Self {
        self.ids = ids;
        self
    }

    fn now(&self) -> SystemTime {
        time::whole_micros(self.clock.now())
    }

    fn check_open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(StoreError::new(
                StoreErrorKind::Closed,
                "this handle of the memory store was closed",
            ));
        }
        Ok(())
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl Clone for Memory {
    /// Another handle, open even when this one was closed.
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            limits: self.limits,
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
            closed: AtomicBool::new(false),
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("store", &self.shared.identity.store)
            .field("head", &*self.shared.head.borrow())
            .finish_non_exhaustive()
    }
}

// No code of a user runs under these locks, and the store's own keeps its state whole at every step that could panic:
// a poisoned lock is used on.
impl Shared {
    fn events(&self) -> RwLockReadGuard<'_, Events> {
        self.events.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn events_mut(&self) -> RwLockWriteGuard<'_, Events> {
        self.events.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn views(&self) -> RwLockReadGuard<'_, Views> {
        self.views.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn views_mut(&self) -> RwLockWriteGuard<'_, Views> {
        self.views.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whoever watches. Two commits may come here in the other order, and the head never goes back.
    fn wake(&self, head: Position) {
        self.head.send_if_modified(|known| {
            let later = head > *known;
            *known = head.max(*known);
            later
        });
    }
}
