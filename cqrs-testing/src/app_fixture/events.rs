//! Events of one aggregate, as a test gives them.

use std::{fmt::Display, str::FromStr};

use cqrs_core::{Aggregate, IntoEvents, NewEvent, StreamId};

use crate::{
    check::{Check, Checks},
    fixture::{Happened, round_trip, unreadable, unwritable},
    outcome::Verb,
    report::Report,
};

/// Events of one aggregate that are to come.
pub(super) struct NewEvents {
    pub(super) stream: StreamId,
    pub(super) events: Vec<NewEvent>,
    /// The name of the first one's type, for messages.
    first: &'static str,
}

impl NewEvents {
    pub(super) const fn message(&self) -> &'static str {
        self.first
    }
}

/// Events that the program made.
#[track_caller]
pub(super) fn append<A: Aggregate>(
    id: &impl Display,
    events: impl IntoEvents<A>,
    checks: &Checks,
    verb: Verb,
) -> NewEvents {
    let happened = events
        .into_events()
        .into_iter()
        .map(|event| match Happened::<A>::new(event) {
            Ok(happened) => happened,
            Err(error) => unwritable::<A>(&error, verb),
        });
    let happened = happened.collect();
    new_events::<A>(id, happened, checks, verb)
}

/// An event as an older program wrote it.
#[track_caller]
pub(super) fn append_stored<A: Aggregate>(
    id: &impl Display,
    (name, version, payload): (&str, u32, &str),
    checks: &Checks,
    verb: Verb,
) -> NewEvents {
    match Happened::<A>::read(name, version, payload) {
        Ok(happened) => {
            let mut new = new_events::<A>(id, vec![happened], checks, verb);
            for event in &mut new.events {
                event.name = name.to_owned().into();
                event.version = version;
                event.payload = payload.to_owned().into();
            }
            new
        }
        Err(error) => unreadable::<A>(name, version, &error, verb),
    }
}

#[track_caller]
fn new_events<A: Aggregate>(
    id: &impl Display,
    happened: Vec<Happened<A>>,
    checks: &Checks,
    verb: Verb,
) -> NewEvents {
    if checks.has(Check::SerdeRoundTrip) {
        for happened in &happened {
            round_trip::<A>(happened, verb);
        }
    }
    let first = happened.first().map_or(A::NAME, Happened::name);
    NewEvents {
        stream: stream_of::<A>(id, verb),
        events: happened
            .into_iter()
            .map(|happened| happened.written)
            .collect(),
        first,
    }
}

/// The stream of an aggregate whose id, or the text of it, is this.
#[track_caller]
pub(super) fn stream_of<A: Aggregate>(id: &impl Display, verb: Verb) -> StreamId {
    let text = id.to_string();
    let Ok(id) = <A::Id as FromStr>::from_str(&text) else {
        Report::new(A::NAME, format_args!("`{text}` is not the id of one"), verb)
            .note(
                "cause",
                format_args!("it cannot be read as `{}`", std::any::type_name::<A::Id>()),
            )
            .fail()
    };
    match StreamId::new(A::NAME, id.to_string()) {
        Ok(stream) => stream,
        Err(error) => Report::new(A::NAME, format_args!("`{text}` is not the id of one"), verb)
            .note("cause", error)
            .fail(),
    }
}
