//! The core of `cqrs`: messages, buses, aggregates, the contract of stores, projections and the app.
//!
//! Programs name the facade crate `cqrs`; a crate that adds a store names this one.

pub mod clock;
mod id;
mod metadata;
mod name;
pub mod store;

pub use id::{
    CausationId, CommandId, CorrelationId, EventId, InvalidText, Position, Revision, StoreId,
    StreamId,
};
pub use metadata::Metadata;
pub use name::Name;
#[doc(inline)]
pub use store::{
    EventStore, Store,
    append::{Append, AppendError, Appended, Expected},
    error::{ReadError, StoreError},
    event::{EventMeta, NewEvent, StoredEvent, Tag},
    memory::Memory,
    query::{EventQuery, Range},
};
