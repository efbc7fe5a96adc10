//! Events as a store holds them.

use std::{borrow::Borrow, fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;

use crate::{
    CausationId, CommandId, CorrelationId, EventId, InvalidText, Metadata, Name, Position,
    Revision, StreamId,
};

/// An event to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Identifies it; a repetition is the same event again.
    pub id: EventId,
    /// Its stored name, without `$` at the beginning.
    pub name: Name,
    /// The version of its payload's shape.
    pub version: u32,
    /// The payload: JSON.
    pub payload: Bytes,
    /// What it can be found by.
    pub tags: Vec<Tag>,
    /// Command, correlation, causation, actor and tenant: each event has its own, as one append may record what several
    /// commands decided.
    pub metadata: Metadata,
}

/// An event that was read from a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    /// Everything about it but its payload.
    pub meta: EventMeta,
    /// The payload: JSON; empty when it was erased.
    pub payload: Bytes,
}

/// Everything about a recorded event but its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventMeta {
    /// Identifies the event.
    pub id: EventId,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in the stream.
    pub revision: Revision,
    /// Its place in the log.
    pub position: Position,
    /// When it was recorded, in whole microseconds; never before that of an earlier position.
    pub recorded_at: SystemTime,
    /// The name it is stored under.
    pub name: Name,
    /// The version of its payload's shape.
    pub version: u32,
    /// Command, correlation, causation, actor and tenant.
    pub metadata: Metadata,
    /// What it can be found by.
    pub tags: Vec<Tag>,
    /// When its content was erased.
    pub erased_at: Option<SystemTime>,
}

impl EventMeta {
    /// Whether its content was erased, or it is the mark of that: folds skip it.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.erased_at.is_some() || self.name == super::ERASED
    }

    /// The command that recorded it.
    #[must_use]
    pub const fn command_id(&self) -> Option<CommandId> {
        self.metadata.command_id()
    }

    /// The flow it belongs to.
    #[must_use]
    pub const fn correlation_id(&self) -> Option<CorrelationId> {
        self.metadata.correlation_id()
    }

    /// What caused it.
    #[must_use]
    pub const fn causation_id(&self) -> Option<CausationId> {
        self.metadata.causation_id()
    }
}

/// What an event can be found by: `key:value`, at most 256 bytes, without control characters.
///
/// ```
/// use cqrs_core::Tag;
///
/// let tag = Tag::new("email", "john@example.com")?;
/// assert_eq!(tag.as_str(), "email:john@example.com");
/// # Ok::<(), cqrs_core::InvalidText>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(Arc<str>);

impl Tag {
    /// The most bytes that a tag may have.
    pub const MAX_BYTES: usize = 256;

    /// The tag `key:value`. The key ends at the first colon, so it has none itself.
    ///
    /// # Errors
    ///
    /// When key or value is empty, both are too long, or there are control characters.
    pub fn new(key: &str, value: impl fmt::Display) -> Result<Self, InvalidText> {
        Self::parse(format!("{key}:{value}"))
    }

    /// The tag that is written like this.
    ///
    /// # Errors
    ///
    /// As for [`Tag::new`]; a text without a colon has an empty value.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidText> {
        let text = text.as_ref();
        InvalidText::check("a tag", text, Self::MAX_BYTES)?;
        match text.split_once(':') {
            Some(("", _)) => Err(InvalidText::Empty {
                what: "a tag's key",
            }),
            Some((_, "")) | None => Err(InvalidText::Empty {
                what: "a tag's value",
            }),
            Some(_) => Ok(Self(text.into())),
        }
    }

    /// The text `key:value`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Tag {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
