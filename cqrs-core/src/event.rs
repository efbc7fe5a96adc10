//! Events: what happened.

use std::{any::TypeId, fmt, ops::Deref, sync::Arc, time::SystemTime};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    EventId, EventMeta, InvalidText, Metadata, Name, Position, Revision, StoredEvent, StreamId, Tag,
};

/// Something that happened. It is stored, and never changes.
///
/// Usually derived; by hand it is a name:
///
/// ```
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct UserCreated {
///     username: String,
/// }
///
/// impl cqrs_core::Event for UserCreated {
///     const NAME: &'static str = "UserCreated";
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "an event is expected here",
    note = "add `#[derive(cqrs::Event)]` to `{Self}`"
)]
pub trait Event: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The name it is stored under.
    const NAME: &'static str;

    /// The version of its shape.
    const VERSION: u32 = 1;

    /// Names that it was stored under before.
    const FORMERLY: &'static [&'static str] = &[];

    /// Says what it can be found by. Default: nothing.
    fn tags(&self, tags: &mut Tags) {
        let _ = tags;
    }

    /// Reads a stored payload of any version. Default: the current one only.
    ///
    /// # Errors
    ///
    /// [`DecodeReason`] when the version is not known or the payload does not fit it.
    fn decode(version: u32, payload: &[u8]) -> Result<Self, DecodeReason> {
        if version == Self::VERSION {
            Ok(serde_json::from_slice(payload)?)
        } else {
            Err(DecodeReason::Version {
                known: Self::VERSION,
            })
        }
    }
}

/// The tags of one event, as they are collected.
#[derive(Debug, Default)]
pub struct Tags {
    tags: Vec<Tag>,
    fault: Option<InvalidText>,
}

impl Tags {
    /// Adds the tag `key:value`.
    pub fn add(&mut self, key: &str, value: &impl fmt::Display) {
        match Tag::new(key, value) {
            Ok(tag) => self.tags.push(tag),
            Err(fault) => self.fault = self.fault.take().or(Some(fault)),
        }
    }

    pub(crate) fn of(event: &impl Event) -> Result<Vec<Tag>, InvalidText> {
        let mut tags = Self::default();
        event.tags(&mut tags);
        tags.finish()
    }

    pub(crate) fn finish(self) -> Result<Vec<Tag>, InvalidText> {
        match self.fault {
            None => Ok(self.tags),
            Some(fault) => Err(fault),
        }
    }
}

/// What can be told of an event's type without an event.
#[derive(Clone, Copy)]
pub struct EventKind {
    /// The name it is stored under.
    pub name: &'static str,
    /// Names that it was stored under before.
    pub formerly: &'static [&'static str],
    /// The version of its shape.
    pub version: u32,
    type_id: fn() -> TypeId,
    rewrite: fn(u32, &[u8]) -> Result<Vec<u8>, DecodeReason>,
}

impl EventKind {
    /// The kind of this type of event.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self {
            name: E::NAME,
            formerly: E::FORMERLY,
            version: E::VERSION,
            type_id: TypeId::of::<E>,
            rewrite: rewrite::<E>,
        }
    }

    /// The type.
    #[must_use]
    pub fn type_id(&self) -> TypeId {
        (self.type_id)()
    }

    /// Reads a stored payload and writes it as it would be stored now. For tests.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or not be written again.
    #[doc(hidden)]
    pub fn rewrite(&self, version: u32, payload: &[u8]) -> Result<Vec<u8>, DecodeReason> {
        (self.rewrite)(version, payload)
    }

    /// Whether an event stored under this name is of this kind.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.formerly.contains(&name)
    }

    /// All names that it is or was stored under, the current one first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        std::iter::once(self.name).chain(self.formerly.iter().copied())
    }
}

fn rewrite<E: Event>(version: u32, payload: &[u8]) -> Result<Vec<u8>, DecodeReason> {
    Ok(serde_json::to_vec(&E::decode(version, payload)?)?)
}

impl fmt::Debug for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

/// An event with all that is known of its recording. It derefs to the event.
///
/// ```
/// # use cqrs_core::{Event, Recorded};
/// # #[derive(serde::Serialize, serde::Deserialize)] struct UserCreated { username: String }
/// # impl Event for UserCreated { const NAME: &'static str = "UserCreated"; }
/// fn describe(event: &Recorded<UserCreated>) -> String {
///     format!("{} created at revision {}", event.username, event.revision())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<E> {
    event: E,
    meta: Arc<EventMeta>,
}

impl<E> Recorded<E> {
    /// Puts an event and its recording together.
    #[must_use]
    pub const fn new(event: E, meta: Arc<EventMeta>) -> Self {
        Self { event, meta }
    }

    /// The event.
    #[must_use]
    pub const fn event(&self) -> &E {
        &self.event
    }

    /// The event, to keep.
    #[must_use]
    pub fn into_event(self) -> E {
        self.event
    }

    /// All that is known of its recording.
    #[must_use]
    pub fn meta(&self) -> &EventMeta {
        &self.meta
    }

    /// Identifies the event.
    #[must_use]
    pub fn id(&self) -> EventId {
        self.meta.id
    }

    /// The stream it belongs to.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        &self.meta.stream
    }

    /// Its place in the stream, counted from 1.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.meta.revision
    }

    /// Its place in the log, counted from 1.
    #[must_use]
    pub fn position(&self) -> Position {
        self.meta.position
    }

    /// When it was recorded.
    #[must_use]
    pub fn recorded_at(&self) -> SystemTime {
        self.meta.recorded_at
    }

    /// Command, correlation, causation, actor and tenant.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.meta.metadata
    }
}

impl<E> Deref for Recorded<E> {
    type Target = E;

    fn deref(&self) -> &E {
        &self.event
    }
}

/// A stored event that the program cannot read.
#[derive(Clone, Debug, Error)]
#[error("event `{name}` version {version} at position {position} ({stream}) cannot be read")]
pub struct DecodeError {
    /// Its stored name.
    pub name: Name,
    /// Its stored version.
    pub version: u32,
    /// Where it is in the log.
    pub position: Position,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Why.
    #[source]
    pub reason: DecodeReason,
}

impl DecodeError {
    /// The error of one stored event.
    #[must_use]
    pub fn new(meta: &EventMeta, reason: DecodeReason) -> Self {
        Self {
            name: meta.name.clone(),
            version: meta.version,
            position: meta.position,
            stream: meta.stream.clone(),
            reason,
        }
    }
}

/// Why a stored event cannot be read.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum DecodeReason {
    /// Nobody knows its name: a renamed event says `#[event(formerly("..."))]`.
    #[error(
        "no event of this name belongs to `{of}`: an event that was renamed keeps its old name by `formerly(\"..\")`"
    )]
    Name {
        /// The aggregate that it was read for.
        of: &'static str,
    },
    /// Nobody knows its version: each older one needs an upcaster, and a newer one a newer program.
    #[error(
        "the program knows this event up to version {known}: a newer version wants a newer program, an older one an upcaster"
    )]
    Version {
        /// The current version of the program.
        known: u32,
    },
    /// Two types of the program have the name of this event.
    #[error("two types of event have this name: give one of them a name of its own")]
    Type,
    /// The program panicked over it.
    #[error("the program {0}")]
    Panicked(Arc<str>),
    /// The payload does not fit the type.
    #[error("its payload does not fit the type: {0}")]
    Payload(Arc<serde_json::Error>),
}

impl From<serde_json::Error> for DecodeReason {
    fn from(error: serde_json::Error) -> Self {
        Self::Payload(Arc::new(error))
    }
}

/// Reads a payload of one shape.
///
/// # Errors
///
/// When it has another one.
#[doc(hidden)]
pub fn read_payload<T: for<'de> Deserialize<'de>>(payload: &[u8]) -> Result<T, DecodeReason> {
    Ok(serde_json::from_slice(payload)?)
}

/// Reads a stored event as an `E`, whatever its version.
pub(crate) fn decode<E: Event>(stored: &StoredEvent) -> Result<E, DecodeError> {
    E::decode(stored.meta.version, &stored.payload)
        .map_err(|reason| DecodeError::new(&stored.meta, reason))
}
