//! What can go wrong in a store.

use std::{error::Error, fmt, sync::Arc};

use crate::Position;

/// A failure of the store itself: its disk, its file, its server.
///
/// The cause is the driver's own error, as [`source`](Error::source).
#[derive(Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: Arc<str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What kind of failure, for callers that act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Not reachable now, or too slow: it may work later.
    Unavailable,
    /// There is no space left: it works again when there is.
    Full,
    /// It can be read but not written.
    ReadOnly,
    /// Somebody else has it open.
    InUse,
    /// What it holds is not what was written.
    Corrupt,
    /// It was written by a newer version of this program's store.
    TooNew,
    /// It no longer holds what was read from it: a fail-over lost its end, or an older backup was put in its place. Start
    /// again, so that nothing is believed that was read before.
    HistoryChanged,
    /// It was closed.
    Closed,
    /// Anything else.
    Other,
}

impl StoreError {
    /// A failure that says what happened and what to do, in the style of a sentence without a full stop.
    #[must_use]
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into().into(),
            source: None,
        }
    }

    /// The failure with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    pub(crate) fn gone() -> Self {
        Self::new(
            StoreErrorKind::Closed,
            "the store went away before it answered",
        )
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the same call may work later, without anybody changing anything but the surroundings.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unavailable | StoreErrorKind::Full
        )
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreError")
            .field("kind", &self.kind)
            .field("message", &self.message)
            .field("source", &self.source)
            .finish()
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn Error + 'static))
    }
}

/// Why events could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The position is above the head: it is of another store, or of a history that was lost.
    #[error("position {position} is beyond the head of the log, which is {head}")]
    BeyondHead {
        /// The position given.
        position: Position,
        /// The head.
        head: Position,
    },
    /// A position is missing where there can be no gap: the store has lost an event.
    #[error("the log jumps from position {after} to {found}: the store has lost what was between")]
    FeedGap {
        /// The last position before the gap.
        after: Position,
        /// The position that was found.
        found: Position,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReadError {
    /// Whether the same call may work later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
