//! The core of `cqrs`: messages, buses, aggregates, the contract of stores, projections and the app.
//!
//! Programs name the facade crate `cqrs`; a crate that adds a store names this one.

// What travels with messages and events.
pub mod clock;
mod id;
mod metadata;
mod name;
mod token;

// What users write.
mod aggregate;
mod command;
mod event;
mod handler;
mod query;
mod tables;
mod view;

// Where events are kept.
pub mod store;

// How it runs.
pub mod app;
mod bus;
#[doc(hidden)]
pub mod call;
mod dispatcher;
mod events;
mod feed;
mod guard;
mod log;
mod middleware;
mod projection;
mod registry;
mod runtime;
mod services;

// What generated code names.
#[doc(hidden)]
pub mod __private;
// What a compiler message can name is found here, since the path stands in the message.
#[doc(hidden)]
pub use __private::{DecidableBy, HandlerField, IdOf, KeyOf, TagValue, Upcast, read_payload};
#[doc(hidden)]
pub use call::{Answer, CommandCall, QueryCall};
#[doc(hidden)]
pub use registry::{GoesTo, a_message_goes_to_one_so_take_it_out_of_the_other_list};

#[doc(inline)]
pub use aggregate::{
    Aggregate, AggregateEvent, AggregateId, Aggregates, Apply, Context, Creation, Decide,
    DecidedBy, EncodeError, EventOf, IntoEvents, Listed, Snapshots, Within, encode_event,
};
#[doc(inline)]
pub use app::App;
#[doc(inline)]
pub use bus::{CommandBus, EventBus, PublishError, QueryBus};
#[doc(inline)]
pub use call::Answering;
#[doc(hidden)]
pub use command::Way;
#[doc(inline)]
pub use command::{
    Command, CommandHandler, CommandResult, Committed, DispatchError, HandledBy, InvalidMessage,
    MessageError, Unserved,
};
#[doc(inline)]
pub use dispatcher::Dispatcher;
#[doc(inline)]
pub use event::{DecodeError, DecodeReason, Event, EventKind, Recorded, Tags};
#[doc(inline)]
pub use events::{AppendEvents, AppendEventsError, EventPage, Events};
#[doc(inline)]
pub use feed::FeedEvent;
#[doc(inline)]
pub use handler::{
    EventHandler, FollowedByHandler, Handler, HandlerContext, HandlerError, Injector, Need,
    Severity,
};
pub use id::{
    CausationId, CommandId, CorrelationId, EventId, InvalidText, NodeId, OrderId, Position,
    Revision, StoreId, StreamId,
};
pub use metadata::Metadata;
#[doc(inline)]
pub use middleware::{Call, CallKind, Ended, Metrics, Middleware, Next, Outcome, Timeout, Tracing};
pub use name::Name;
#[doc(inline)]
pub use query::{AnsweredBy, AskError, Query, QueryHandler, QueryResult};
#[doc(inline)]
pub use registry::{Claim, Field, Listen, Place, Registered, Registration, TypeRef, kind};
#[doc(inline)]
pub use store::{
    EventStore, Store,
    append::{Append, AppendError, Appended, Expected},
    error::{ReadError, StoreError},
    event::{EventMeta, NewEvent, StoredEvent, Tag},
    memory::Memory,
    query::{EventQuery, Range},
};
#[doc(inline)]
pub use tables::{
    FollowRows, FollowedByProjection, Forgotten, ProjectRows, Projection, ReadModel, Tables,
    TablesOf,
};
pub use token::{InvalidToken, Token};
#[doc(hidden)]
pub use view::ViewFault;
#[doc(inline)]
pub use view::{
    Follow, FollowedBy, Index, IndexBounds, IndexListing, Indexed, Indexes, KeyError, Keyed, Keys,
    Listing, Project, ReadViewError, View, ViewKey, Views, ordered_bytes,
};
