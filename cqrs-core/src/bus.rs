//! Buses that work alone: handlers and closures registered by hand, without a store.

mod command;
mod event;
mod query;

pub use self::{
    command::CommandBus,
    event::{EventBus, PublishError},
    query::QueryBus,
};
