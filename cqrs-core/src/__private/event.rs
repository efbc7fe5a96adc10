//! Events, as an aggregate's set of them is read and written.
//!
//! The functions ask for `EventOf`, which the derive writes, so that a type that is no event is an error once.

use std::fmt;

use crate::{
    Aggregate, DecodeError, DecodeReason, EncodeError, EventId, EventKind, EventOf, NewEvent,
    StoredEvent,
};

/// The kind of an event of the aggregate.
#[must_use]
pub const fn kind<A: Aggregate, E: EventOf<A>>() -> EventKind {
    EventKind::of::<E>()
}

/// Whether what is stored is an event of this kind.
#[must_use]
pub fn is_named<A: Aggregate, E: EventOf<A>>(stored: &StoredEvent) -> bool {
    EventKind::of::<E>().is_named(&stored.meta.name)
}

/// Reads what is stored as this kind of event.
///
/// # Errors
///
/// When its version is not known, or the payload does not fit.
pub fn decode<A: Aggregate, E: EventOf<A>>(stored: &StoredEvent) -> Result<E, DecodeError> {
    crate::event::decode(stored)
}

/// Writes the event as it is to be stored.
///
/// # Errors
///
/// When its tags or its payload cannot be written.
pub fn encode<A: Aggregate, E: EventOf<A>>(
    event: &E,
    id: EventId,
) -> Result<NewEvent, EncodeError> {
    crate::encode_event(event, id)
}

/// No event of the aggregate has the stored name.
#[must_use]
pub fn unknown_event<A: Aggregate>(stored: &StoredEvent) -> DecodeError {
    DecodeError::new(&stored.meta, DecodeReason::Name { of: A::NAME })
}

/// A value that an event is tagged with: any that is written as text.
#[diagnostic::on_unimplemented(
    message = "an event cannot be tagged with a `{Self}`",
    label = "this field is marked `#[tag]`",
    note = "a tag is text: implement `Display` for `{Self}`"
)]
pub trait TagValue {
    /// The value as text.
    fn text(&self) -> &dyn fmt::Display;
}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display> TagValue for T {
    fn text(&self) -> &dyn fmt::Display {
        self
    }
}

/// An older shape of an event that turns into the next one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not turn into the next version, `{Next}`",
    label = "this older shape has no way on",
    note = "write `impl From<{Self}> for {Next}`"
)]
pub trait Upcast<Next>: Sized {
    /// The next shape.
    fn upcast(self) -> Next;
}

#[diagnostic::do_not_recommend]
impl<T, Next: From<T>> Upcast<Next> for T {
    fn upcast(self) -> Next {
        Next::from(self)
    }
}

/// The first kind that shares a stored name with an earlier one; the number of kinds when there is none.
#[must_use]
pub const fn first_clash(kinds: &[EventKind]) -> usize {
    let mut later = 1;
    while later < kinds.len() {
        let mut earlier = 0;
        while earlier < later {
            if share_a_name(&kinds[later], &kinds[earlier]) {
                return later;
            }
            earlier += 1;
        }
        later += 1;
    }
    kinds.len()
}

const fn share_a_name(left: &EventKind, right: &EventKind) -> bool {
    let mut at = 0;
    while at <= left.formerly.len() {
        let name = if at == 0 {
            left.name
        } else {
            left.formerly[at - 1]
        };
        if is_name_of(name, right) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_name_of(name: &str, kind: &EventKind) -> bool {
    let mut at = 0;
    while at < kind.formerly.len() {
        if equal(name, kind.formerly[at]) {
            return true;
        }
        at += 1;
    }
    equal(name, kind.name)
}

const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return false;
        }
        at += 1;
    }
    true
}
