//! Why a view could not be read.

use thiserror::Error;

use super::KeyError;
use crate::{Name, Position, StoreError};

/// Why a view could not be read, or must not be trusted yet.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum ReadViewError {
    /// It has not seen yet what it must, and the time to wait for it ran out.
    #[error(
        "view `{view}` is at position {position}, {behind} events behind the {wanted} that was asked for"
    )]
    Behind {
        /// The view.
        view: Name,
        /// Where it is.
        position: Position,
        /// Where it must be.
        wanted: Position,
        /// How many positions are between.
        behind: u64,
    },
    /// It has stopped at an event that it cannot deal with: mend the program and start it again.
    #[error("view `{view}` has stopped at position {position}: {reason}")]
    Stopped {
        /// The view.
        view: Name,
        /// The last position that it has dealt with.
        position: Position,
        /// Why.
        reason: String,
    },
    /// It is being built, for the first time or again.
    #[error("view `{view}` is being built: {done} of {head} events")]
    Rebuilding {
        /// The view.
        view: Name,
        /// How far it is.
        done: Position,
        /// How far it has to go.
        head: Position,
    },
    /// The document is parked: an event of it could not be projected, and the later ones wait behind it.
    #[error("document `{key}` of view `{view}` is parked since position {position}: {reason}")]
    Parked {
        /// The view.
        view: Name,
        /// The document's key.
        key: String,
        /// The event that could not be projected.
        position: Position,
        /// Why not.
        reason: String,
    },
    /// The stored document does not fit the type: raise the view's version when its shape changes.
    #[error("a stored document of view `{view}` does not fit its type: {reason}")]
    Shape {
        /// The view.
        view: Name,
        /// What does not fit.
        reason: String,
    },
    /// The key has no place in an order of keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl ReadViewError {
    /// Whether the same may work later, without anybody changing anything.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Behind { .. } | Self::Rebuilding { .. } => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }
}
