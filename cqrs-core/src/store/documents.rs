//! The read side of a store: documents of views, checkpoints, and what is parked.

use std::{any::Any, fmt, time::SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use super::error::StoreError;
use crate::{Name, Position};

/// Keeps the documents of views and the checkpoints of views and handlers.
///
/// # Contract
///
/// - A [`PageCommit`] is atomic: documents, indexes, parked events and checkpoint change together, or nothing does. It
///   is owned by the store from the call on, like an append.
/// - It is compared and set: when the subscription's checkpoint is not the one expected, or the subscription is leased
///   under another epoch than the one to set, the answer is [`CommitError::Moved`] and nothing changes.
/// - Documents are ordered by the bytes of their keys, indexes by the bytes of value and then key.
/// - Reads may happen at any time and see whole commits only. What a [`Reading`] says of the view and what it has found
///   are of one moment: whoever looked at the checkpoint first, and read then, could take what is left of a view that is
///   built again for all of it.
/// - Keys, values and documents are opaque bytes.
#[async_trait]
pub trait ViewStore: fmt::Debug + Send + Sync + 'static {
    /// Where a subscription stands; `None` when it has never committed.
    async fn checkpoint(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Checkpoint>, StoreError>;

    /// Every subscription that has a checkpoint, ordered by kind, name and version.
    async fn subscriptions(&self) -> Result<Vec<(Subscription, Checkpoint)>, StoreError>;

    /// Commits what one page of events changed.
    async fn commit(&self, commit: PageCommit) -> Result<(), CommitError>;

    /// The documents with these keys, in the order asked for.
    async fn documents(
        &self,
        view: &Subscription,
        keys: &[Bytes],
    ) -> Result<Reading<Vec<Option<Bytes>>>, StoreError>;

    /// Documents in the order of their keys, or of an index.
    async fn list(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<Vec<Document>>, StoreError>;

    /// How many documents a selection has, `skip`, `after` and `take` left aside.
    async fn count(
        &self,
        view: &Subscription,
        selection: &Selection,
    ) -> Result<Reading<u64>, StoreError>;

    /// What is parked of a subscription, or of one of its keys: by key, then position.
    async fn parked(
        &self,
        subscription: &Subscription,
        key: Option<&Bytes>,
    ) -> Result<Vec<ParkedEvent>, StoreError>;

    /// Forgets a subscription: its documents, checkpoint and parked events.
    async fn forget(&self, subscription: &Subscription) -> Result<(), StoreError>;

    /// The [`TableStore`](super::tables::TableStore) that projections keep their tables in, if there is one: this store, or
    /// the one that it wraps.
    fn tables(&self) -> Option<&dyn Any> {
        None
    }
}

/// What follows the log under a name of its own: one generation of a view or of a projection, or a handler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subscription {
    /// What it is.
    pub kind: SubscriptionKind,
    /// Its stored name.
    pub name: Name,
    /// The version of a view's shape or a projection's tables; 1 for a handler.
    pub version: u32,
}

/// What follows the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionKind {
    /// A view's documents.
    View,
    /// An event handler's side effects.
    Handler,
    /// A projection's tables.
    Projection,
}

impl SubscriptionKind {
    /// The word that stores and messages use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Handler => "handler",
            Self::Projection => "projection",
        }
    }
}

impl fmt::Display for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}`", self.kind.as_str(), self.name)?;
        if self.version > 1 {
            write!(f, " version {}", self.version)
        } else {
            Ok(())
        }
    }
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The last position it has dealt with.
    pub position: Position,
    /// The epoch of the lease it was committed under; 0 where there are no leases.
    pub epoch: u64,
    /// Whether a document may be made of more than one stream, so that erasing a stream means to build it again.
    pub mixed: bool,
    /// Whether it has ever been where the log ended: until then a view is not shown.
    pub built: bool,
    /// Whether an operator has paused it.
    pub paused: bool,
}

/// What one page of events changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCommit {
    /// Whose page it is.
    pub subscription: Subscription,
    /// The checkpoint that must be there; `None` when there must be none yet.
    pub expected: Option<Checkpoint>,
    /// The checkpoint to set.
    pub checkpoint: Checkpoint,
    /// Whether to delete all documents, indexes and parked events first: the view is built again.
    pub reset: bool,
    /// The documents that changed, each key at most once.
    pub documents: Vec<DocumentChange>,
    /// Events to park; one that is parked already is replaced.
    pub park: Vec<ParkedEvent>,
    /// Parked events that are dealt with: key and position. They go before those of `park` come.
    pub unpark: Vec<(Bytes, Position)>,
}

/// A document that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    /// Its key, in an encoding whose order of bytes is the order of keys.
    pub key: Bytes,
    /// The new content with the values of its indexes, or `None` to delete it.
    pub content: Option<(Bytes, Vec<IndexValue>)>,
}

/// The value of one index for one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexValue {
    /// The index's name: that of the field.
    pub index: Name,
    /// The value, in an encoding whose order of bytes is the order of values.
    pub value: Bytes,
}

/// What was read of a view, and how the view was at that moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading<T> {
    /// As [`Checkpoint::built`]; `false` when it has never committed.
    pub built: bool,
    /// As [`Checkpoint::position`]; [`Position::START`] when it has never committed.
    pub position: Position,
    /// What was found. Of a view that is not built, a part of what there is to be.
    pub found: T,
}

/// A document that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its key.
    pub key: Bytes,
    /// Its content.
    pub content: Bytes,
}

/// Which documents to list, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// By an index, between two values; otherwise by key.
    pub by: Option<IndexRange>,
    /// Only those behind this place: a key, and with an index the value too.
    pub after: Option<(Option<Bytes>, Bytes)>,
    /// How many to leave out at the beginning.
    pub skip: u64,
    /// How many to return at most.
    pub take: Option<u64>,
}

/// The documents whose value of an index lies in a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexRange {
    /// The index's name.
    pub index: Name,
    /// From and with this value.
    pub from: Option<Bytes>,
    /// Up to and with this value.
    pub to: Option<Bytes>,
}

/// An event that waits for somebody to look at it, or behind one that does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedEvent {
    /// What is held back: a document's key for a view, the stream for a handler.
    pub key: Bytes,
    /// The same, to read.
    pub key_text: String,
    /// The event.
    pub position: Position,
    /// How often it was tried; 0 when it only waits behind another.
    pub attempts: u32,
    /// What went wrong; empty when it only waits behind another.
    pub error: String,
    /// Since when.
    pub parked_at: SystemTime,
}

/// Why a page was not committed.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum CommitError {
    /// Somebody else has moved the checkpoint: this runner is late and must stop.
    #[error("the checkpoint of {subscription} was moved by somebody else")]
    Moved {
        /// Whose.
        subscription: Subscription,
    },
    /// The store failed; whether the commit happened shows in the checkpoint.
    #[error(transparent)]
    Store(#[from] StoreError),
}
