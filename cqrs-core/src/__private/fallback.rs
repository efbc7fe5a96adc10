//! What derives name after a mistake, so that nothing else fails for the same reason.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Aggregate, AggregateEvent, DecodeError, DecodeReason, EncodeError, Event, EventId, EventKind,
    EventOf, FollowedBy, FollowedByHandler, FollowedByProjection, NewEvent, StoredEvent, kind,
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

/// What lists no event that could be read, which its derive has said: any event counts as listed then.
pub trait ListsNone<Kind> {}

#[diagnostic::do_not_recommend]
impl<A: ListsNone<kind::Aggregate>, E: Event> EventOf<A> for E {
    fn into_event(self) -> A::Event
    where
        A: Aggregate,
    {
        unreachable!("what a mistake is in is not compiled")
    }
}

#[diagnostic::do_not_recommend]
impl<V: ListsNone<kind::View>, E> FollowedBy<V> for E {}

#[diagnostic::do_not_recommend]
impl<P: ListsNone<kind::Projection>, E> FollowedByProjection<P> for E {}

#[diagnostic::do_not_recommend]
impl<H: ListsNone<kind::Handler>, E> FollowedByHandler<H> for E {}
