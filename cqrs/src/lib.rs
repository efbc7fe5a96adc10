//! CQRS and event sourcing on one embedded file.
//!
//! Commands are decided by aggregates, what was decided is stored as events, and views made of the events answer
//! queries. This is the only crate that a program names; `cqrs-testing` joins it in its tests.
//!
//! The [`guide`] shows how to use it, page by page.
//!
//! # Features
//!
//! - `macros` (default): the derives.
//! - `inventory` (default): what is derived registers itself. Without it everything is registered by hand.
//! - `sqlite` (default): the embedded store.
//! - `postgres`: the store for many nodes.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc(test(attr(deny(warnings), allow(dead_code))))]

pub mod guide;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

// What a program writes.
#[doc(inline)]
pub use cqrs_core::{
    Aggregate, AggregateId, Aggregates, AnsweredBy, Apply, Command, CommandHandler, Context,
    Creation, Decide, DecidedBy, Event, EventHandler, EventOf, FollowedBy, FollowedByHandler,
    FollowedByProjection, Forgotten, HandledBy, Handler, HandlerContext, HandlerError, Index,
    IndexBounds, IndexListing, Indexed, IntoEvents, Keyed, Keys, Listed, Listing, MessageError,
    Project, ProjectRows, Projection, Query, QueryHandler, ReadModel, Recorded, Severity, Tables,
    TablesOf, View, ViewKey, Views,
};
// What derives it.
#[cfg(feature = "macros")]
#[doc(inline)]
pub use cqrs_derive::{Aggregate, Command, Event, Handler, Projection, Query, View};
// What it runs.
#[doc(inline)]
pub use cqrs_core::{
    Answering, App, AskError, Call, CallKind, CommandBus, CommandResult, Committed, DispatchError,
    Dispatcher, Ended, EventBus, Events, InvalidMessage, Memory, Metadata, Metrics, Middleware,
    Next, Outcome, PublishError, QueryBus, QueryResult, ReadViewError, Timeout, Token, Tracing,
    Unserved, app, clock,
};
// What it stores, and what is told of it.
#[doc(inline)]
pub use cqrs_core::{
    Append, AppendError, AppendEvents, AppendEventsError, Appended, CausationId, CommandId,
    CorrelationId, DecodeError, DecodeReason, EncodeError, EventId, EventMeta, EventPage,
    EventQuery, EventStore, Expected, FeedEvent, InvalidText, InvalidToken, KeyError, Name,
    NewEvent, NodeId, OrderId, Position, Range, ReadError, Revision, Store, StoreError, StoreId,
    StoredEvent, StreamId, Tag, Tags, store,
};
// What the derives write, for those who write it by hand.
#[doc(inline)]
pub use cqrs_core::{
    AggregateEvent, Claim, EventKind, Field, Follow, FollowRows, Indexes, Injector, Listen, Need,
    Place, Registration, Snapshots, TypeRef, Within, encode_event,
};

/// The store for many nodes: one PostgreSQL database.
#[cfg(feature = "postgres")]
pub use cqrs_postgres as postgres;
/// The embedded store: one file, one process.
#[cfg(feature = "sqlite")]
pub use cqrs_sqlite as sqlite;

// What the derives write and messages of the compiler can name.
#[doc(hidden)]
pub use cqrs_core::{
    __private, Answer, CommandCall, DecidableBy, GoesTo, HandlerField, IdOf, KeyOf, QueryCall,
    TagValue, Upcast, a_message_goes_to_one_so_take_it_out_of_the_other_list, read_payload,
};
