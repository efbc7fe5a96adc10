//! A message on its way from who sends it to who serves it.

mod answering;
mod children;
mod command;
mod query;

use std::sync::Arc;

pub use self::{
    answering::{Answer, Answering},
    command::CommandCall,
    query::QueryCall,
};
pub(crate) use self::{children::Children, command::CommandSlot, query::QuerySlot};
use crate::{
    Metadata, Token, Unserved,
    app::{Core, Gate},
    projection::Progress,
    services::Services,
};

/// Where a message is served: in an app, or on a bus that stands alone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Via<'a> {
    /// In an app, which may be closed or have middleware. So that nothing lies between a sender and the future of who
    /// serves the message, it is who serves it that asks.
    Gate(&'a Gate),
    /// In an app, with its middleware passed.
    App(&'a Arc<Core>),
    Bus(&'a Services),
}

impl<'a> Via<'a> {
    /// Where the message is served, if there is nothing before that.
    #[inline]
    fn straight(self) -> Option<Self> {
        match self {
            Self::Gate(gate) => gate.straight().map(Self::App),
            passed => Some(passed),
        }
    }

    #[inline]
    const fn core(self) -> Option<&'a Arc<Core>> {
        match self {
            Self::Gate(gate) => Some(gate.core()),
            Self::App(core) => Some(core),
            Self::Bus(_) => None,
        }
    }

    #[inline]
    fn services(self) -> &'a Services {
        match self {
            Self::Gate(gate) => gate.core().services(),
            Self::App(core) => core.services(),
            Self::Bus(services) => services,
        }
    }

    fn unserved(self, name: &'static str) -> Unserved {
        self.core()
            .map_or(Unserved::Unregistered { name }, |core| core.unserved(name))
    }
}

/// What is said about one message beside the message: usually nothing, and then no more than a null pointer that every
/// call passes on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options(Option<Box<Said>>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    pub(crate) metadata: Metadata,
    /// The command id may have been used before, so it is looked up first.
    pub(crate) repeatable: bool,
    /// What a query waits for.
    pub(crate) consistency: Consistency,
    /// What makes the command's id, once it is known where it goes, when its sender may be called again.
    pub(crate) siblings: Option<Arc<Children>>,
}

impl Options {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// To say something.
    pub(crate) fn say(&mut self) -> &mut Said {
        self.0.get_or_insert_default()
    }

    /// What was said, if anything was.
    #[inline]
    pub(crate) fn said(self) -> Option<Said> {
        self.0.map(|said| *said)
    }

    /// What was said, or what it means to say nothing.
    pub(crate) fn into_said(self) -> Said {
        self.said().unwrap_or_default()
    }

    pub(crate) fn metadata(&self) -> Metadata {
        self.0
            .as_ref()
            .map_or_else(Metadata::new, |said| said.metadata.clone())
    }

    pub(crate) fn consistency(&self) -> Consistency {
        self.0
            .as_ref()
            .map_or(Consistency::OwnWrites, |said| said.consistency)
    }
}

impl From<Said> for Options {
    fn from(said: Said) -> Self {
        Self(Some(Box::new(said)))
    }
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

impl Consistency {
    /// Whether it is plain to see that there is nothing to wait for.
    #[inline]
    pub(crate) fn is_met_by(self, views: &[Arc<Progress>]) -> bool {
        self == Self::OwnWrites && views.iter().all(|view| view.has_reached(view.wanted()))
    }
}

/// A handler that a bus or an app holds.
#[derive(Debug)]
pub(crate) struct Service<H> {
    pub(crate) handler: Arc<H>,
    /// The views that it reads.
    pub(crate) reads: Vec<Arc<Progress>>,
}

impl<H> Service<H> {
    pub(crate) const fn new(handler: Arc<H>) -> Self {
        Self {
            handler,
            reads: Vec::new(),
        }
    }

    /// The same, reading these views.
    pub(crate) fn reading(self, reads: Vec<Arc<Progress>>) -> Self {
        Self { reads, ..self }
    }
}
