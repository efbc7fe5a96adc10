//! A message on its way from who sends it to who serves it.

mod command;
mod query;

use std::sync::Arc;

pub use self::{command::CommandCall, query::QueryCall};
pub(crate) use self::{command::CommandSlot, query::QuerySlot};
use crate::{Metadata, Token, Unserved, app::Core, services::Services};

/// Where a message is served: in an app, or on a bus that stands alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Via<'a> {
    App(&'a Arc<Core>),
    Bus(&'a Services),
}

impl<'a> Via<'a> {
    fn services(self) -> &'a Services {
        match self {
            Self::App(core) => core.services(),
            Self::Bus(services) => services,
        }
    }

    fn unserved(self, name: &'static str) -> Unserved {
        match self {
            Self::App(core) => core.unserved(name),
            Self::Bus(_) => Unserved::Unregistered { name },
        }
    }
}

/// What is said about one message beside the message.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) metadata: Option<Box<Metadata>>,
    /// The command id may have been used before, so it is looked up first.
    pub(crate) repeatable: bool,
    /// What a query waits for.
    pub(crate) consistency: Consistency,
}

/// What a query waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Consistency {
    /// The writes of this app instance, and in a handler of events that event.
    #[default]
    OwnWrites,
    /// Nothing.
    Eventual,
    /// A write from anywhere, and those of this app instance.
    After(Token),
}

/// A handler that a bus or an app holds.
#[derive(Debug)]
pub(crate) struct Service<H>(pub(crate) Arc<H>);
