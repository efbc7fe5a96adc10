//! One type of the program, as it registers itself.

use std::panic::Location;

use serde::{Deserialize, Serialize};

use super::{
    Claim, Field, Listen, Place, TypeRef,
    json::{CommandJson, QueryJson, ask_json, dispatch_json},
};
use crate::{
    Aggregate, AggregateEvent, Command, Event, Handler, Query, Tables, View,
    app::Assembly,
    event::EventKind,
    feed::FeedEvent,
    view::{ViewFault, check_view},
};

/// One type of the program: a message, an aggregate, a view, a projection or a handler.
///
/// The derives submit one before `main`; by hand it is given to
/// [`AppBuilder::register`](crate::app::AppBuilder::register).
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    pub(crate) name: &'static str,
    pub(crate) of: TypeRef,
    pub(crate) place: Place,
    pub(crate) fields: &'static [Field],
    pub(crate) entry: Entry,
}

/// What kind of type it is, with what the kind needs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entry {
    Command {
        route: Route,
        json: Option<CommandJson>,
    },
    Query {
        route: Route,
        json: Option<QueryJson>,
    },
    Event {
        kind: EventKind,
    },
    Aggregate {
        kinds: &'static [EventKind],
        claims: &'static [Claim],
        install: fn(&mut Assembly),
    },
    View {
        version: u32,
        follows: fn() -> Vec<EventKind>,
        check: fn(&[FeedEvent]) -> Vec<ViewFault>,
        install: fn(&mut Assembly),
    },
    Projection {
        version: u32,
        follows: fn() -> Vec<EventKind>,
        install: fn(&mut Assembly, &Registration),
    },
    Handler {
        claims: &'static [Claim],
        reads: &'static [TypeRef],
        subscribes: Option<Subscribes>,
        install: fn(&mut Assembly, &Registration),
    },
}

impl Entry {
    /// The word for the kind of type, and the attribute by which it is named.
    pub(crate) const fn kind_and_attribute(self) -> (&'static str, &'static str) {
        match self {
            Self::Command { .. } => ("command", "command"),
            Self::Query { .. } => ("query", "query"),
            Self::Event { .. } => ("event", "event"),
            Self::Aggregate { .. } => ("aggregate", "aggregate"),
            Self::View { .. } => ("view", "view"),
            Self::Projection { .. } => ("projection", "projection"),
            Self::Handler { .. } => ("handler", "handler"),
        }
    }
}

/// Where a message goes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Route {
    Aggregate(TypeRef),
    Handler(TypeRef),
    View(TypeRef),
    /// To whoever claims it.
    Contract,
}

/// What a handler follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subscribes {
    pub(crate) events: &'static [Listen],
    pub(crate) from_beginning: bool,
}

impl Registration {
    #[track_caller]
    const fn new<T: 'static>(name: &'static str, entry: Entry) -> Self {
        Self {
            name,
            of: TypeRef::of::<T>(),
            place: Location::caller(),
            fields: &[],
            entry,
        }
    }

    /// A command that goes to whoever claims it, until it is said where it goes. It cannot be sent by name until
    /// [`by_name`](Self::command_by_name) is said.
    #[must_use]
    #[track_caller]
    pub const fn command<C: Command>() -> Self {
        Self::new::<C>(
            C::NAME,
            Entry::Command {
                route: Route::Contract,
                json: None,
            },
        )
    }

    /// A query that goes to whoever claims it, until it is said where it goes.
    #[must_use]
    #[track_caller]
    pub const fn query<Q: Query>() -> Self {
        Self::new::<Q>(
            Q::NAME,
            Entry::Query {
                route: Route::Contract,
                json: None,
            },
        )
    }

    /// An event.
    #[must_use]
    #[track_caller]
    pub const fn event<E: Event>() -> Self {
        Self::new::<E>(
            E::NAME,
            Entry::Event {
                kind: EventKind::of::<E>(),
            },
        )
    }

    /// An aggregate, and the commands that it takes without being named by them.
    #[must_use]
    #[track_caller]
    pub const fn aggregate<A: Aggregate>(claims: &'static [Claim]) -> Self {
        let install = |assembly: &mut Assembly| assembly.aggregate::<A>();
        Self::new::<A>(
            A::NAME,
            Entry::Aggregate {
                kinds: A::Event::KINDS,
                claims,
                install,
            },
        )
    }

    /// A view.
    #[must_use]
    #[track_caller]
    pub const fn view<V: View>() -> Self {
        Self::new::<V>(
            V::NAME,
            Entry::View {
                version: V::VERSION,
                follows: || V::follows().iter().map(|follow| follow.kind).collect(),
                check: check_view::<V>,
                install: |assembly| assembly.view::<V>(),
            },
        )
    }

    /// A projection into tables of the program's own.
    #[must_use]
    #[track_caller]
    pub const fn projection<P: Tables>() -> Self {
        Self::new::<P>(
            P::NAME,
            Entry::Projection {
                version: P::VERSION,
                follows: || P::follows().iter().map(|follow| follow.kind).collect(),
                install: |assembly, registration| assembly.projection::<P>(registration),
            },
        )
    }

    /// A handler, and the messages that it takes without being named by them.
    #[must_use]
    #[track_caller]
    pub const fn handler<H: Handler>(claims: &'static [Claim]) -> Self {
        Self::new::<H>(
            H::NAME,
            Entry::Handler {
                claims,
                reads: &[],
                subscribes: None,
                install: |assembly, registration| assembly.handler::<H>(registration),
            },
        )
    }

    /// The command or query goes to this aggregate.
    #[must_use]
    pub const fn to_aggregate<A: 'static>(self) -> Self {
        self.to(Route::Aggregate(TypeRef::of::<A>()))
    }

    /// The command or query goes to this handler.
    #[must_use]
    pub const fn to_handler<H: 'static>(self) -> Self {
        self.to(Route::Handler(TypeRef::of::<H>()))
    }

    /// The query goes to this view.
    #[must_use]
    pub const fn to_view<V: 'static>(self) -> Self {
        self.to(Route::View(TypeRef::of::<V>()))
    }

    const fn to(mut self, route: Route) -> Self {
        self.entry = match self.entry {
            Entry::Command { json, .. } => Entry::Command { route, json },
            Entry::Query { json, .. } => Entry::Query { route, json },
            other => other,
        };
        self
    }

    /// The command can be sent by name.
    #[must_use]
    pub const fn command_by_name<C>(mut self) -> Self
    where
        C: Command<Output: Serialize> + for<'de> Deserialize<'de>,
    {
        if let Entry::Command { route, .. } = self.entry {
            self.entry = Entry::Command {
                route,
                json: Some(dispatch_json::<C>),
            };
        }
        self
    }

    /// The query can be asked by name.
    #[must_use]
    pub const fn query_by_name<Q>(mut self) -> Self
    where
        Q: Query<Output: Serialize> + for<'de> Deserialize<'de>,
    {
        if let Entry::Query { route, .. } = self.entry {
            self.entry = Entry::Query {
                route,
                json: Some(ask_json::<Q>),
            };
        }
        self
    }

    /// The handler follows events.
    #[must_use]
    pub const fn subscribing(mut self, events: &'static [Listen], from_beginning: bool) -> Self {
        if let Entry::Handler {
            claims,
            reads,
            install,
            ..
        } = self.entry
        {
            self.entry = Entry::Handler {
                claims,
                reads,
                install,
                subscribes: Some(Subscribes {
                    events,
                    from_beginning,
                }),
            };
        }
        self
    }

    /// The handler reads these views and projections although no field of it says so.
    #[must_use]
    pub const fn reading(mut self, reads: &'static [TypeRef]) -> Self {
        if let Entry::Handler {
            claims,
            subscribes,
            install,
            ..
        } = self.entry
        {
            self.entry = Entry::Handler {
                claims,
                reads,
                install,
                subscribes,
            };
        }
        self
    }

    /// The fields of the message.
    #[must_use]
    pub const fn fields(mut self, fields: &'static [Field]) -> Self {
        self.fields = fields;
        self
    }
}
