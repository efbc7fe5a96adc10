//! What is appended, and what comes of it.

use std::{fmt, time::SystemTime};

use thiserror::Error;
use tokio::sync::oneshot;

use super::{error::StoreError, event::NewEvent, query::EventQuery};
use crate::{EventId, InvalidText, Metadata, Position, Revision, StreamId};

/// Events for any number of streams, stored together or not at all.
///
/// ```
/// use cqrs_core::{Append, Expected, StreamId};
///
/// let append = Append::new().stream(StreamId::new("User", "u1")?, Expected::NoStream, []);
/// assert_eq!(append.streams.len(), 1);
/// # Ok::<(), cqrs_core::InvalidText>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Append {
    /// The streams, each at most once, in the order in which their events are to be recorded.
    pub streams: Vec<StreamAppend>,
    /// What must not have happened.
    pub condition: Option<Condition>,
}

/// Events for one stream; without events, only a check of its revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamId,
    /// Where it must stand.
    pub expected: Expected,
    /// The events, in order.
    pub events: Vec<NewEvent>,
}

/// Where a stream must stand for an append to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Anywhere.
    Any,
    /// It has no events.
    NoStream,
    /// Its last event has this revision; 0 is the same as [`Expected::NoStream`].
    Exactly(Revision),
}

impl Expected {
    /// Whether a stream that stands at `actual` is as expected.
    #[must_use]
    pub const fn allows(self, actual: Revision) -> bool {
        match self {
            Self::Any => true,
            Self::NoStream => actual.get() == 0,
            Self::Exactly(revision) => revision.get() == actual.get(),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any revision"),
            Self::NoStream => f.write_str("no events"),
            Self::Exactly(revision) => write!(f, "revision {revision}"),
        }
    }
}

/// No event that matches the query may have a position greater than `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What must not have happened.
    pub query: EventQuery,
    /// Up to where it was looked for: the head of the page that was read.
    pub after: Position,
}

impl Append {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a stream.
    #[must_use]
    pub fn stream(
        mut self,
        stream: StreamId,
        expected: Expected,
        events: impl IntoIterator<Item = NewEvent>,
    ) -> Self {
        self.streams.push(StreamAppend {
            stream,
            expected,
            events: events.into_iter().collect(),
        });
        self
    }

    /// Only if no event that matches `query` lies after `after`.
    #[must_use]
    pub fn only_if_none(mut self, query: EventQuery, after: Position) -> Self {
        self.condition = Some(Condition { query, after });
        self
    }

    /// Stored with each event that it has so far.
    #[must_use]
    pub fn metadata(mut self, metadata: &Metadata) -> Self {
        for event in self
            .streams
            .iter_mut()
            .flat_map(|stream| &mut stream.events)
        {
            event.metadata = metadata.clone();
        }
        self
    }

    /// How many events it has.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.streams.iter().map(|stream| stream.events.len()).sum()
    }

    /// The bytes of all payloads.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.streams
            .iter()
            .flat_map(|stream| &stream.events)
            .map(|event| event.payload.len())
            .sum()
    }

    /// Holds the append against what every store refuses before it looks at what it has.
    ///
    /// # Errors
    ///
    /// [`AppendError::TooLarge`], [`AppendError::Invalid`], [`AppendError::EventIdReused`].
    pub fn check(&self, limits: super::Limits) -> Result<(), AppendError> {
        let (events, bytes) = (self.event_count(), self.bytes());
        if events > limits.events || bytes > limits.bytes {
            return Err(AppendError::TooLarge {
                events,
                bytes,
                limits,
            });
        }
        let streams = self.streams.iter().map(|stream| &stream.stream);
        if let Some(stream) = first_twice(streams) {
            return Err(AppendError::Invalid(InvalidAppend::StreamTwice(
                stream.clone(),
            )));
        }
        for stream in &self.streams {
            for event in &stream.events {
                InvalidText::check("an event's name", &event.name, 256)
                    .map_err(|error| AppendError::Invalid(InvalidAppend::Name(error)))?;
                if event.name.starts_with('$') {
                    return Err(AppendError::Invalid(InvalidAppend::ReservedName(
                        event.name.to_string(),
                    )));
                }
            }
        }
        let events = self.streams.iter().flat_map(|stream| &stream.events);
        match first_twice(events.map(|event| event.id)) {
            Some(id) => Err(AppendError::EventIdReused { id }),
            None => Ok(()),
        }
    }
}

/// The least value that comes twice. By sorting, since an append may list thousands.
fn first_twice<T: Ord + Copy>(mut values: impl Iterator<Item = T>) -> Option<T> {
    // Most appends have one event in one stream, for which nothing is allocated.
    let (first, second) = (values.next()?, values.next()?);
    let mut values: Vec<_> = [first, second].into_iter().chain(values).collect();
    values.sort_unstable();
    let twice = values.windows(2).find(|pair| pair[0] == pair[1]);
    twice.map(|pair| pair[0])
}

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The position of the last event; for an append without events, the head when it was checked.
    pub position: Position,
    /// The revision of each listed stream after the append, in the order given.
    pub revisions: Vec<Revision>,
    /// The `recorded_at` of its events; for an append without events, when it was checked.
    pub recorded_at: SystemTime,
    /// Whether the events had been stored before.
    pub duplicate: bool,
}

/// Why nothing was stored; but see [`AppendError::Unknown`].
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// A stream does not stand where it was expected: read it and decide again.
    #[error("{stream} is at revision {actual}, expected {expected}")]
    Conflict {
        /// The first such stream.
        stream: StreamId,
        /// Where it was expected.
        expected: Expected,
        /// Where it is.
        actual: Revision,
    },
    /// An event matches the condition's query: read and decide again.
    #[error("an event at position {position} matches the append's condition")]
    ConditionFailed {
        /// The position of an event that matches.
        position: Position,
    },
    /// An event id was used before, for something else.
    #[error(
        "event id {id} is in use for other content: draw a new one, or send all events of the append again"
    )]
    EventIdReused {
        /// The id.
        id: EventId,
    },
    /// More events or bytes than one append may have: split it, or raise the store's limits.
    #[error("an append of {events} events and {bytes} bytes is too large: at most {} events and {} bytes", limits.events, limits.bytes)]
    TooLarge {
        /// Its events.
        events: usize,
        /// Its bytes.
        bytes: usize,
        /// What is allowed.
        limits: super::Limits,
    },
    /// It says something that no store can hold.
    #[error(transparent)]
    Invalid(#[from] InvalidAppend),
    /// The condition's `after` is above the head: the token is of another store, or of a history that was lost.
    #[error("position {after} is beyond the head of the log, which is {head}")]
    BeyondHead {
        /// The position given.
        after: Position,
        /// The head.
        head: Position,
    },
    /// Too many appends wait already: send it again later.
    #[error("the store has {waiting} appends waiting: try again later")]
    Overloaded {
        /// How many wait.
        waiting: usize,
    },
    /// It may have happened: send the same append again, which will then be answered as a duplicate.
    #[error("the outcome of the append is not known")]
    Unknown(#[source] StoreError),
    /// It did not happen.
    #[error("the store failed, and nothing was stored")]
    Store(#[source] StoreError),
}

/// What is wrong with an append in itself.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidAppend {
    /// A stream is listed twice.
    #[error("{0} is listed twice in one append")]
    StreamTwice(StreamId),
    /// An aggregate's name or id that cannot be stored.
    #[error(transparent)]
    Stream(InvalidText),
    /// A name that cannot be stored.
    #[error(transparent)]
    Name(InvalidText),
    /// A name that is the store's own.
    #[error("the event name `{0}` is reserved: names do not begin with `$`")]
    ReservedName(String),
}

/// Where a store answers an append, exactly once.
///
/// Dropped without an answer, it answers [`AppendError::Unknown`].
pub struct Reply(Option<Box<Receive>>);

type Receive = dyn FnOnce(Result<Appended, AppendError>, Option<Append>) + Send;

impl Reply {
    /// Calls `receive` with the answer, on the store's own thread or task: it must not block.
    #[must_use]
    pub fn new(receive: impl FnOnce(Result<Appended, AppendError>) + Send + 'static) -> Self {
        Self(Some(Box::new(|answer, _done| receive(answer))))
    }

    /// A reply and the future of its answer, which may hold what was appended until it is polled.
    pub fn channel() -> (
        Self,
        impl Future<Output = Result<Appended, AppendError>> + Send + use<>,
    ) {
        Self::channel_telling(|_| ())
    }

    /// A reply and the future of its answer, of which `tell` hears first, even if nobody waits for it any more.
    pub(crate) fn channel_telling<F>(
        tell: F,
    ) -> (
        Self,
        impl Future<Output = Result<Appended, AppendError>> + Send + use<F>,
    )
    where
        F: FnOnce(&Result<Appended, AppendError>) + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let receive = move |answer, done: Option<Append>| {
            tell(&answer);
            // Nobody waits any more: the append has happened all the same.
            let _abandoned = sender.send((answer, done));
        };
        let reply = Self(Some(Box::new(receive)));
        let answer = async move {
            // `Reply` sends when dropped, so the channel cannot close without an answer.
            match receiver.await {
                Ok((answer, _done)) => answer,
                Err(_closed) => Err(AppendError::Unknown(StoreError::gone())),
            }
        };
        (reply, answer)
    }

    /// Answers.
    pub fn send(self, answer: Result<Appended, AppendError>) {
        self.answer(answer, None);
    }

    /// Answers, and gives the append back to whoever waits for the answer of a [`channel`](Self::channel), which frees it.
    ///
    /// For a store that answers many from one thread: allocators take memory back fastest where it was taken, and the
    /// thread would wait for those of all others.
    pub fn give_back(self, append: Append, answer: Result<Appended, AppendError>) {
        self.answer(answer, Some(append));
    }

    fn answer(mut self, answer: Result<Appended, AppendError>, append: Option<Append>) {
        if let Some(receive) = self.0.take() {
            receive(answer, append);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(receive) = self.0.take() {
            receive(Err(AppendError::Unknown(StoreError::gone())), None);
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}
