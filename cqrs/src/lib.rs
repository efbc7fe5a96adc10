//! CQRS and event sourcing on one embedded file.
//!
//! Commands are decided by aggregates, what was decided is stored as events, and views made of the events answer
//! queries. This is the only crate that a program names; `cqrs-testing` joins it in its tests.
//!
//! # Features
//!
//! - `macros` (default): the derives.
//! - `inventory` (default): what is derived registers itself. Without it everything is registered by hand.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![doc(test(attr(deny(warnings))))]

/// The contract of stores, for who writes one.
#[doc(inline)]
pub use cqrs_core::store;
#[doc(inline)]
pub use cqrs_core::{
    Append, AppendError, Appended, CausationId, CommandId, CorrelationId, EventId, EventMeta,
    EventQuery, EventStore, Expected, InvalidText, Metadata, Name, NewEvent, Position, Range,
    ReadError, Revision, Store, StoreError, StoreId, StoredEvent, StreamId, Tag,
};
