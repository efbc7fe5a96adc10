//! What generated code names. Not public API: it changes in patch releases.

mod claim;
mod event;
mod fallback;
mod field;
mod id;
mod key;

#[cfg(feature = "inventory")]
pub use inventory;

pub use self::{
    claim::DecidableBy,
    event::{TagValue, Upcast, decode, encode, first_clash, is_named, kind, unknown_event},
    fallback::{ListsNone, NoEvent, State, Stored},
    field::HandlerField,
    id::{IdOf, KeyOf},
    key::{KeyProbe, NoKey},
};
pub use crate::{
    Aggregate, AggregateEvent, AnsweredBy, Apply, Claim, Command, Creation, DecidedBy, DecodeError,
    DecodeReason, EncodeError, Event, EventId, EventKind, EventOf, Field, Follow, FollowRows,
    FollowedBy, FollowedByHandler, FollowedByProjection, HandledBy, Handler, HandlerError, Index,
    Indexes, Injector, Listen, NewEvent, Projection, Query, QueryResult, ReadModel, Registered,
    Registration, Snapshots, StoredEvent, Tags, TypeRef, View, Way,
    call::{Answering, CommandCall, QueryCall},
    event::read_payload,
    kind,
    registry::{GoesTo, a_message_goes_to_one_so_take_it_out_of_the_other_list},
};

/// Registers before `main`, where the program does so.
#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __cqrs_submit {
    ($($registration:tt)*) => {
        $crate::__private::inventory::submit! { $($registration)* }
    };
}

/// Without registration before `main` it is only proved that it could be registered.
#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __cqrs_submit {
    ($($registration:tt)*) => {
        const _: $crate::__private::Registration = { $($registration)* };
    };
}

pub use __cqrs_submit as submit;
