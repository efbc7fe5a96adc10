//! Events on their way to those who follow them.

mod tail;
mod window;

use std::{
    any::Any,
    fmt,
    sync::{Arc, OnceLock},
};

pub(crate) use self::{tail::Feed, window::FeedPage};
use crate::{DecodeError, DecodeReason, Event, EventMeta, Position, Recorded, StoredEvent, event};

/// One stored event, decoded at most once for all who follow it, and only if one of them wants it.
pub struct FeedEvent {
    stored: StoredEvent,
    decoded: OnceLock<Decoded>,
}

type Decoded = Result<Box<dyn Any + Send + Sync>, DecodeError>;

impl FeedEvent {
    /// A stored event that nobody has looked at.
    #[must_use]
    pub const fn new(stored: StoredEvent) -> Self {
        Self {
            stored,
            decoded: OnceLock::new(),
        }
    }

    /// The event as it is stored.
    #[must_use]
    pub const fn stored(&self) -> &StoredEvent {
        &self.stored
    }

    /// Everything about it but its payload.
    #[must_use]
    pub const fn meta(&self) -> &EventMeta {
        &self.stored.meta
    }

    /// Its place in the log.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.stored.meta.position
    }

    /// The event as an `E`.
    ///
    /// # Errors
    ///
    /// When it cannot be read as one.
    pub fn recorded<E: Event>(&self) -> Result<&Recorded<E>, DecodeError> {
        let decoded = self.decoded.get_or_init(|| {
            let event = event::decode::<E>(&self.stored)?;
            Ok(Box::new(Recorded::new(
                event,
                Arc::new(self.stored.meta.clone()),
            )))
        });
        match decoded {
            Err(error) => Err(error.clone()),
            // `start` refuses two types with one stored name; an app that was not checked gets an error here.
            Ok(event) => event
                .downcast_ref()
                .ok_or_else(|| DecodeError::new(self.meta(), DecodeReason::Type)),
        }
    }
}

impl fmt::Debug for FeedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.stored.meta, f)
    }
}
