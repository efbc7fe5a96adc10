//! The events of one aggregate, as one type.

use thiserror::Error;

use super::Aggregate;
use crate::{
    DecodeError, Event, EventId, InvalidText, Metadata, Name, NewEvent, StoredEvent,
    event::{EventKind, Tags},
};

/// The set of an aggregate's events: an enum that the derive hides.
///
/// By hand, an enum of one's own events does as well.
pub trait AggregateEvent: Send + Sync + Sized + 'static {
    /// What can be told of its events without one.
    const KINDS: &'static [EventKind];

    /// Reads a stored event by its name and version.
    ///
    /// # Errors
    ///
    /// When the name or version is not known, or the payload does not fit.
    fn decode(stored: &StoredEvent) -> Result<Self, DecodeError>;

    /// Writes the event as it is to be stored.
    ///
    /// # Errors
    ///
    /// When its tags or its payload cannot be written.
    fn encode(&self, id: EventId) -> Result<NewEvent, EncodeError>;

    /// What kind of event it is.
    fn kind(&self) -> EventKind;
}

/// An event that an aggregate lists.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `{A}`",
    label = "`{A}` does not list this event",
    note = "add it to the aggregate, beside `#[derive(cqrs::Aggregate)]`: `#[aggregate(events({Self}))]`"
)]
pub trait EventOf<A>: Event {
    /// The event as one of the aggregate's.
    // The bound is here and not on the trait, where an impl for what is no aggregate would break it once more.
    fn into_event(self) -> A::Event
    where
        A: Aggregate;
}

/// An event that an aggregate lists: every [`EventOf`] it, as what [`Apply`](crate::Apply) asks for. Nobody implements it.
///
/// Above it stands nothing that an impl of `Apply` would be asked for again: that the type is an event is said at the list.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `{A}`",
    label = "`{A}` does not list this event",
    note = "add it to the aggregate, beside `#[derive(cqrs::Aggregate)]`: `#[aggregate(events({Self}))]`"
)]
pub trait Listed<A> {}

impl<A, E: EventOf<A>> Listed<A> for E {}

/// Why an event cannot be stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A tag is too long, empty, or has control characters.
    #[error("event `{event}` cannot be tagged: {fault}")]
    Tag {
        /// The event's name.
        event: &'static str,
        /// What is wrong with the tag.
        fault: InvalidText,
    },
    /// Its payload is nothing that JSON can hold.
    #[error("event `{event}` cannot be written as JSON")]
    Payload {
        /// The event's name.
        event: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
}

/// Writes one event as it is to be stored: what [`AggregateEvent::encode`] does for each kind of event.
///
/// # Errors
///
/// When its tags or its payload cannot be written.
pub fn encode_event<E: Event>(event: &E, id: EventId) -> Result<NewEvent, EncodeError> {
    let tags = Tags::of(event).map_err(|fault| EncodeError::Tag {
        event: E::NAME,
        fault,
    })?;
    let payload = serde_json::to_vec(event).map_err(|source| EncodeError::Payload {
        event: E::NAME,
        source,
    })?;
    Ok(NewEvent {
        id,
        name: Name::from_static(E::NAME),
        version: E::VERSION,
        payload: payload.into(),
        tags,
        metadata: Metadata::new(),
    })
}

/// Several events of one aggregate: an array, a `Vec`, or a tuple of different ones.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of events of `{A}`",
    note = "give an array or a `Vec` of one kind of event, or a tuple of several kinds: `(Created {{ .. }}, Renamed {{ .. }})`"
)]
pub trait IntoEvents<A: Aggregate> {
    /// The events, in order.
    fn into_events(self) -> Vec<A::Event>;
}

impl<A: Aggregate, E: EventOf<A>, const N: usize> IntoEvents<A> for [E; N] {
    fn into_events(self) -> Vec<A::Event> {
        self.into_iter().map(E::into_event).collect()
    }
}

impl<A: Aggregate, E: EventOf<A>> IntoEvents<A> for Vec<E> {
    fn into_events(self) -> Vec<A::Event> {
        self.into_iter().map(E::into_event).collect()
    }
}

impl<A: Aggregate> IntoEvents<A> for () {
    fn into_events(self) -> Vec<A::Event> {
        Vec::new()
    }
}

macro_rules! tuples {
    ($($event:ident)+) => {
        impl<A: Aggregate, $($event: EventOf<A>),+> IntoEvents<A> for ($($event,)+) {
            fn into_events(self) -> Vec<A::Event> {
                #[expect(non_snake_case, reason = "the type's name is the field's too")]
                let ($($event,)+) = self;
                vec![$($event.into_event()),+]
            }
        }
    };
}

tuples!(E1);
tuples!(E1 E2);
tuples!(E1 E2 E3);
tuples!(E1 E2 E3 E4);
tuples!(E1 E2 E3 E4 E5);
tuples!(E1 E2 E3 E4 E5 E6);
tuples!(E1 E2 E3 E4 E5 E6 E7);
tuples!(E1 E2 E3 E4 E5 E6 E7 E8);
