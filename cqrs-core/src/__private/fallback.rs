//! What derives name after a mistake, so that nothing else fails for the same reason.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AggregateEvent, DecodeError, DecodeReason, EncodeError, EventId, EventKind, NewEvent,
    StoredEvent,
};

/// What an event or a document is beside its derive.
pub trait Stored: Serialize + DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Stored for T {}

/// What an aggregate is beside its derive.
pub trait State: Default + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Default + Send + Sync + 'static> State for T {}

/// The events of an aggregate whose derive failed.
#[derive(Debug)]
pub enum NoEvent {}

impl AggregateEvent for NoEvent {
    const KINDS: &'static [EventKind] = &[];

    fn decode(stored: &StoredEvent) -> Result<Self, DecodeError> {
        Err(DecodeError::new(
            &stored.meta,
            DecodeReason::Name { of: "" },
        ))
    }

    fn encode(&self, _: EventId) -> Result<NewEvent, EncodeError> {
        match *self {}
    }

    fn kind(&self) -> EventKind {
        match *self {}
    }
}
