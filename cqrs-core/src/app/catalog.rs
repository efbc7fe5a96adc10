//! Every type that the program is made of, to look at.

use super::App;
use crate::{
    EventKind, FeedEvent,
    registry::{Entry, Field, Place, Registration, Route},
    view::ViewFault,
};

/// Every type that the program is made of: ordered by kind and name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    entries: Vec<CatalogEntry>,
}

/// One type of the program.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CatalogEntry {
    /// What it is.
    pub kind: MessageKind,
    /// Its stored name.
    pub name: &'static str,
    /// The version of its shape: of an event, a view or a projection.
    pub version: Option<u32>,
    /// The names that it was stored under before: an event.
    pub formerly: &'static [&'static str],
    #[doc(hidden)]
    pub event: Option<EventKind>,
    #[doc(hidden)]
    pub check_view: Option<CheckView>,
    /// Where it goes: a command or query.
    pub route: Option<RouteInfo>,
    /// Whether it can be sent by name: a command or query.
    pub by_name: bool,
    /// The names of the events that it records or follows: an aggregate, a view, a projection or a handler.
    pub events: Vec<&'static str>,
    /// Its fields: a message.
    pub fields: &'static [Field],
    /// Where it is declared.
    pub place: Place,
}

/// Looks for what of a view does not survive being stored.
type CheckView = fn(&[FeedEvent]) -> Vec<ViewFault>;

/// What a type of the program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MessageKind {
    /// A command.
    Command,
    /// A query.
    Query,
    /// An event.
    Event,
    /// An aggregate.
    Aggregate,
    /// A view.
    View,
    /// A projection.
    Projection,
    /// A handler.
    Handler,
}

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteInfo {
    /// To an aggregate: the name of its type.
    Aggregate(&'static str),
    /// To a handler: the name of its type.
    Handler(&'static str),
    /// To a view: the name of its type.
    View(&'static str),
    /// To whoever lists it.
    Contract,
}

impl Catalog {
    pub(super) fn new(registrations: &[Registration]) -> Self {
        let mut entries: Vec<_> = registrations.iter().map(CatalogEntry::of).collect();
        entries.sort_by_key(|entry| (entry.kind, entry.name));
        Self { entries }
    }

    /// The types, by kind and name.
    #[must_use]
    pub fn entries(&self) -> &[CatalogEntry] {
        &self.entries
    }

    /// The type of this kind with this name.
    #[must_use]
    pub fn get(&self, kind: MessageKind, name: &str) -> Option<&CatalogEntry> {
        self.entries
            .iter()
            .find(|entry| entry.kind == kind && entry.name == name)
    }
}

impl CatalogEntry {
    fn of(registration: &Registration) -> Self {
        let mut entry = Self {
            kind: MessageKind::Event,
            name: registration.name,
            version: None,
            formerly: &[],
            event: None,
            check_view: None,
            route: None,
            by_name: false,
            events: Vec::new(),
            fields: registration.fields,
            place: registration.place,
        };
        match registration.entry {
            Entry::Command { route, json } => {
                entry.kind = MessageKind::Command;
                entry.route = Some(route.info());
                entry.by_name = json.is_some();
            }
            Entry::Query { route, json } => {
                entry.kind = MessageKind::Query;
                entry.route = Some(route.info());
                entry.by_name = json.is_some();
            }
            Entry::Event { kind } => {
                entry.version = Some(kind.version);
                entry.formerly = kind.formerly;
                entry.event = Some(kind);
            }
            Entry::Aggregate { kinds, .. } => {
                entry.kind = MessageKind::Aggregate;
                entry.events = kinds.iter().map(|kind| kind.name).collect();
            }
            Entry::View {
                version,
                follows,
                check,
                ..
            } => {
                entry.check_view = Some(check);
                entry.kind = MessageKind::View;
                entry.version = Some(version);
                entry.events = follows().iter().map(|kind| kind.name).collect();
            }
            Entry::Projection {
                version, follows, ..
            } => {
                entry.kind = MessageKind::Projection;
                entry.version = Some(version);
                entry.events = follows().iter().map(|kind| kind.name).collect();
            }
            Entry::Handler { subscribes, .. } => {
                entry.kind = MessageKind::Handler;
                let events = subscribes.map_or(&[][..], |subscribes| subscribes.events);
                entry.events = events.iter().map(|listen| listen.kind.name).collect();
            }
        }
        entry
    }
}

impl Route {
    fn info(self) -> RouteInfo {
        match self {
            Self::Aggregate(to) => RouteInfo::Aggregate(to.short_name()),
            Self::Handler(to) => RouteInfo::Handler(to.short_name()),
            Self::View(to) => RouteInfo::View(to.short_name()),
            Self::Contract => RouteInfo::Contract,
        }
    }
}

impl App {
    /// Every type that the program is made of.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.gate.core.catalog
    }
}
