//! What a store promises, for those who use one and those who write one.

pub mod append;
pub mod documents;
pub mod error;
pub mod event;
pub mod leases;
pub mod memory;
pub mod query;
pub mod tables;

use std::fmt;

use async_trait::async_trait;
use tokio::sync::watch;

use self::{
    append::{Append, AppendError, Appended, Reply},
    documents::ViewStore,
    error::{ReadError, StoreError},
    event::StoredEvent,
    leases::LeaseStore,
    query::{EventQuery, Page, Range, StreamPage},
};
use crate::{EventId, Position, Revision, StoreId, StreamId};

/// Keeps events: by stream, in one order, once.
///
/// # Contract
///
/// The suite `cqrs_testing::event_store_conformance!` holds an implementation against each of these.
///
/// *Appending.*
/// - An [`Append`] is atomic over all its streams: all of its events are stored, or none.
/// - It is owned by the store from [`submit`](Self::submit) on: what the caller does afterwards changes nothing, and the
///   [`Reply`] is answered exactly once. Requests that wait are bounded in number and bytes; beyond, the answer is
///   [`AppendError::Overloaded`].
/// - Requests that are committed together give the same result as one by one in the order in which they were submitted.
///   One that fails has no effect on the others.
/// - Judged in this order: invalid or too large; duplicate by event id; expected revisions, in the order of the streams;
///   condition.
/// - *Duplicates.* When all event ids of an append are stored already, lie side by side in the same order, and stream,
///   name, version and payload of each are the same, the answer is that of the first time, with
///   [`Appended::duplicate`] set, with the revisions that the listed streams had then; revisions, pure checks and the
///   condition are not looked at. Payloads of erased events count as equal. When some ids are stored, or all but with other content, or one id is in the append twice, the
///   answer is [`AppendError::EventIdReused`].
/// - [`Expected`](append::Expected) is checked for each stream, also for one without events (a pure check).
/// - A condition fails when an event that matches its query has a position greater than its `after`; an `after` above the
///   head is [`AppendError::BeyondHead`]. Erased events have no tags, so only items without tags match them.
/// - An acknowledged append survives the process being killed, where the store is durable.
///
/// *Order.*
/// - Revisions of a stream are 1, 2, 3 .. without gaps; positions of the log likewise, in the order of commits. Nobody can
///   see position n without seeing every position below.
/// - The events of one append lie side by side, in the order given: stream by stream as listed.
/// - `recorded_at` never decreases with the position.
///
/// *Reading.*
/// - Every page is read from one snapshot and carries its head, which is the `after` of a condition that is meant to hold
///   against what was read. An `after` above the head is [`ReadError::BeyondHead`]; an `until` above it means the head.
/// - A stream that is not there is empty, at revision 0.
/// - A page has at most `limit` events; an empty page, or one shorter than `limit`, has reached the end of its range
///   as of its head.
///
/// *Erasing* overwrites payload and metadata in place, removes tags, sets `erased_at`, deletes the stream's snapshot and
/// appends one event named [`ERASED`] to the stream, without payload, metadata and tags, all at once. Positions, revisions,
/// event ids and names stay. Erasing a stream that has nothing left to erase does nothing.
#[async_trait]
pub trait EventStore: fmt::Debug + Send + Sync + 'static {
    /// Takes an append into the queue and answers through `reply`.
    ///
    /// Not `async`, so that an append cannot depend on who waits for it: see [`dyn EventStore::append`].
    fn submit(&self, append: Append, reply: Reply);

    /// The events of a stream after a revision, in order, at most `limit`.
    async fn read_stream(
        &self,
        stream: &StreamId,
        after: Revision,
        limit: usize,
    ) -> Result<StreamPage, ReadError>;

    /// The events that match a query, in a range.
    async fn read(&self, query: &EventQuery, range: Range) -> Result<Page, ReadError>;

    /// The position of the last event; [`Position::START`] when there is none.
    async fn head(&self) -> Result<Position, ReadError>;

    /// The event with this id.
    async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, ReadError>;

    /// Erases what the events of a stream say, and answers how many were erased now.
    async fn erase(&self, stream: &StreamId) -> Result<u64, AppendError>;

    /// The stored state of an aggregate, when there is one of this snapshot version.
    async fn snapshot(
        &self,
        stream: &StreamId,
        version: u32,
    ) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps a snapshot in place of the one that the stream has, whatever its version.
    ///
    /// Ignored when its revision is not greater, and when it is from before the stream was last erased: it was taken
    /// from what is to be forgotten.
    async fn save_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError>;

    /// A receiver of the last position that this handle knows of, changed after each commit.
    ///
    /// A hint: it may be late, and a store with other writers also polls.
    fn watch(&self) -> watch::Receiver<Position>;

    /// Which store this is.
    fn identity(&self) -> Identity;

    /// The sizes that an append may have.
    fn limits(&self) -> Limits;

    /// Finishes what was submitted and lets go of files and connections. What is submitted later fails with
    /// [`AppendError::Store`], later reads may fail. Closing again does nothing.
    async fn close(&self) -> Result<(), StoreError>;
}

impl dyn EventStore {
    /// Submits an append and waits for the answer. Dropping the future does not take the append back.
    ///
    /// # Errors
    ///
    /// See [`AppendError`].
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let (reply, answer) = Reply::channel();
        self.submit(append, reply);
        answer.await
    }
}

/// A store for a whole app: events, views, and who keeps which.
pub trait Store: EventStore + ViewStore + LeaseStore {}

impl<S: EventStore + ViewStore + LeaseStore> Store for S {}

impl dyn Store {
    /// As [`dyn EventStore::append`].
    ///
    /// # Errors
    ///
    /// See [`AppendError`].
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let events: &dyn EventStore = self;
        events.append(append).await
    }
}

/// The name of the event that marks a stream as erased. Names that begin with `$` are the store's own.
pub const ERASED: &str = "$erased";

/// Which store this is, and which of its histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// Drawn when the store was made.
    pub store: StoreId,
    /// Raised by whoever restores a backup, since positions may then mean other events.
    pub epoch: u32,
}

/// The sizes that one append may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Events in one append. Default: 10 000.
    pub events: usize,
    /// Bytes of all payloads of one append. Default: 16 MiB.
    pub bytes: usize,
    /// Appends that may wait. Default: 4 096.
    pub queued: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            events: 10_000,
            bytes: 16 << 20,
            queued: 4_096,
        }
    }
}

impl Limits {
    /// The limits with another number of events in one append.
    #[must_use]
    pub const fn events(mut self, events: usize) -> Self {
        self.events = events;
        self
    }

    /// The limits with another number of bytes in one append.
    #[must_use]
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The limits with another number of appends that may wait.
    #[must_use]
    pub const fn queued(mut self, queued: usize) -> Self {
        self.queued = queued;
        self
    }
}

/// The stored state of an aggregate as of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The version of the state's shape.
    pub version: u32,
    /// The revision of the last event in it.
    pub revision: Revision,
    /// The id of the last event in it, by which it is told whether the stream still is the one that it was made of, and on
    /// the second line the state, as JSON. To stores these are opaque bytes.
    pub state: bytes::Bytes,
}
