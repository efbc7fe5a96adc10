//! The log itself, for services.

mod read;
mod write;

use std::{fmt, sync::Arc};

pub use self::{
    read::EventPage,
    write::{AppendEvents, AppendEventsError},
};
use crate::{EventQuery, Position, ReadError, log::Log, store::query::Range};

/// The log itself, typed: to read by query, and to append under a condition.
///
/// Injected like any other field. What rules across aggregates are built with, such as that a name is unique: read by a
/// tag, and append only if nothing with that tag has come since.
#[derive(Clone)]
pub struct Events {
    log: Arc<Log>,
}

impl Events {
    pub(crate) const fn new(log: Arc<Log>) -> Self {
        Self { log }
    }

    /// The events that match a query, in a range of the log.
    ///
    /// # Errors
    ///
    /// When the store fails, or the range is beyond the log.
    pub async fn read(&self, query: &EventQuery, range: Range) -> Result<EventPage, ReadError> {
        self.log.store.read(query, range).await.map(EventPage::new)
    }

    /// The position of the last event.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn head(&self) -> Result<Position, ReadError> {
        self.log.store.head().await
    }

    /// Events to append, to any number of aggregates at once.
    pub const fn append(&self) -> AppendEvents<'_> {
        AppendEvents::new(&self.log)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("store", &self.log.store)
            .finish()
    }
}
