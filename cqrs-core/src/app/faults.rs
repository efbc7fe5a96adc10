//! What is wrong with the wiring of a program, all of it at once.

use std::{collections::BTreeSet, error::Error as _, fmt};

use thiserror::Error;

use crate::{
    Registration, StoreError,
    handler::{Need, ProvidedTwice},
    registry::{Entry, Place, TypeRef},
};

/// Why an app did not start.
///
/// Shown and debugged alike, so that it reads well out of `main` too.
#[derive(Error)]
#[non_exhaustive]
pub enum StartError {
    /// The program's parts do not fit together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no async runtime: `start` is awaited inside of one of tokio's.
    #[error(
        "an app runs on tokio: await `start` inside of its runtime, for instance under `#[tokio::main]`"
    )]
    NoRuntime,
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Everything that is wrong with how a program's parts fit together, with places and what to do.
///
/// Shown and debugged alike, so that it reads well out of `main` too.
#[derive(Clone, PartialEq, Eq, Error)]
pub struct WiringError {
    faults: Vec<Fault>,
}

impl WiringError {
    /// One text for each fault, in the order in which they are shown.
    pub fn faults(&self) -> impl Iterator<Item = String> + '_ {
        self.faults.iter().map(ToString::to_string)
    }
}

impl fmt::Display for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.faults.len() {
            1 => f.write_str("1 wiring fault")?,
            count => write!(f, "{count} wiring faults")?,
        }
        for fault in &self.faults {
            write!(f, "\n  {}", fault.to_string().replace('\n', "\n    "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The faults found so far: sorted and without repetitions, whatever the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Faults(BTreeSet<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.insert(fault);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    pub(super) fn into_result(self) -> Result<(), WiringError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(WiringError {
                faults: self.0.into_iter().collect(),
            })
        }
    }
}

/// One thing that is wrong. Ordered by kind, then place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fault {
    kind: Kind,
    place: Option<(&'static str, u32, u32)>,
    /// The messages that cannot be served because of it.
    pub(super) affects: Vec<&'static str>,
    lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    NameTwice,
    NoHandler,
    TwoHandlers,
    ForeignEvent,
    OtherStore,
    MissingResource,
    ProvidedTwice,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl Fault {
    fn new(
        kind: Kind,
        place: Option<Place>,
        affects: Vec<&'static str>,
        lines: Vec<String>,
    ) -> Self {
        let place = place.map(|place| (place.file(), place.line(), place.column()));
        Self {
            kind,
            place,
            affects,
            lines,
        }
    }

    /// Two types of one kind have one stored name.
    pub(super) fn name_twice(
        kind: &str,
        name: &'static str,
        attribute: &str,
        places: &[Place],
    ) -> Self {
        let mut lines = vec![format!(
            "{kind} name `{name}` is claimed {}:",
            times(places.len())
        )];
        lines.extend(places.iter().map(|place| format!("{place}")));
        lines.push(format!("give one of them `#[{attribute}(name = \"...\")]`"));
        Self::new(Kind::NameTwice, places.first().copied(), vec![name], lines)
    }

    /// A message that nobody takes.
    pub(super) fn no_handler(kind: &str, registration: &Registration, found: &[&str]) -> Self {
        let Registration {
            name, place, of, ..
        } = registration;
        let of = of.short_name();
        let takers = match registration.entry {
            Entry::Query { .. } => format!(
                "say who answers it: `#[query(view = ..)]` or `#[query(handler = ..)]` on it, or `#[handler(queries({of}))]` on who does"
            ),
            _ => format!(
                "say who takes it: `#[command(aggregate = ..)]` or `#[command(handler = ..)]` on it, or `#[aggregate(commands({of}))]` or `#[handler(commands({of}))]` on who does"
            ),
        };
        let mut lines = vec![
            format!("{kind} `{name}` ({place}) has no handler"),
            takers,
            "if another crate says so, it may not be linked: add `use that_crate as _;`".to_owned(),
            "or it uses another version of `cqrs`: see `cargo tree -d`".to_owned(),
        ];
        lines.push(match found {
            [] => format!("no list that was found names a {kind}"),
            found => format!("handlers were found for: {}", quoted(found)),
        });
        Self::new(Kind::NoHandler, Some(place), vec![name], lines)
    }

    /// A message that goes to a type which was not registered.
    pub(super) fn unregistered(
        kind: &str,
        registration: &Registration,
        to: TypeRef,
        what: &str,
    ) -> Self {
        let Registration { name, place, .. } = registration;
        let to = to.short_name();
        let claims = if what == "view" { "" } else { "&[]" };
        let lines = vec![
            format!("{kind} `{name}` ({place}) goes to the {what} `{to}`, which is not registered"),
            format!(
                "derive it, or register it by hand: `.register(Registration::{what}::<{to}>({claims}))`"
            ),
        ];
        Self::new(Kind::NoHandler, Some(place), vec![name], lines)
    }

    /// A message that several take.
    pub(super) fn two_handlers(kind: &str, registration: &Registration, places: &[Place]) -> Self {
        let Registration { name, place, .. } = registration;
        let mut lines = vec![format!(
            "{kind} `{name}` ({place}) has {} handlers:",
            places.len()
        )];
        lines.extend(places.iter().map(|place| format!("{place}")));
        lines.push(format!(
            "a {kind} goes to one: take it out of all lists but one"
        ));
        Self::new(Kind::TwoHandlers, Some(place), vec![name], lines)
    }

    /// A message that says where it goes, and that others take all the same.
    pub(super) fn claimed_though_routed(
        kind: &str,
        registration: &Registration,
        to: TypeRef,
        places: &[Place],
    ) -> Self {
        let Registration { name, place, .. } = registration;
        let to = to.short_name();
        let mut lines = vec![format!(
            "{kind} `{name}` ({place}) goes to `{to}`, and is listed elsewhere too:"
        )];
        lines.extend(places.iter().map(ToString::to_string));
        lines.push(format!("a {kind} goes to one: take it out of the list"));
        Self::new(Kind::TwoHandlers, Some(place), vec![name], lines)
    }

    /// A view or handler that follows an event which no aggregate lists.
    pub(super) fn foreign_event(kind: &str, follower: &str, event: &str, place: Place) -> Self {
        let lines = vec![
            format!("{kind} `{follower}` follows `{event}`, which no aggregate records"),
            place.to_string(),
            "list the event in an aggregate's `#[aggregate(events(..))]`, or link the crate that does".to_owned(),
        ];
        Self::new(Kind::ForeignEvent, Some(place), Vec::new(), lines)
    }

    /// A projection whose tables are in another store than the app's.
    pub(super) fn other_store(projection: &Registration, store: TypeRef) -> Self {
        let Registration { name, place, .. } = projection;
        let store = store.short_name();
        let lines = vec![
            format!(
                "projection `{name}` keeps its tables in `{store}`, and this app runs on another store"
            ),
            place.to_string(),
            format!(
                "rows and events are committed together: give `App::builder` a `{store}`, or name the store that the app runs on in `#[projection(store = ..)]`; the store in memory has no tables"
            ),
        ];
        Self::new(Kind::OtherStore, Some(place), Vec::new(), lines)
    }

    /// A field for which nothing was provided.
    pub(super) fn missing_resource(handler: &Registration, need: &Need) -> Self {
        let &Need {
            field,
            type_name,
            place,
        } = need;
        let name = handler.name;
        let lines = vec![
            format!("handler `{name}` needs `{field}: {type_name}`, which nobody provided"),
            place.to_string(),
            "give it to the builder by `.provide(..)`, or mark the field `#[inject(default)]`"
                .to_owned(),
        ];
        Self::new(Kind::MissingResource, Some(place), vec![name], lines)
    }

    /// A type for which two values were provided.
    pub(super) fn provided_twice(twice: &ProvidedTwice) -> Self {
        let mut lines = vec![format!(
            "a value of type `{}` is provided twice:",
            twice.type_name
        )];
        lines.extend(twice.places.iter().map(|place| match place {
            Some(place) => place.to_string(),
            None => "by the framework itself".to_owned(),
        }));
        lines.push("wrap one of them in a type of its own".to_owned());
        Self::new(
            Kind::ProvidedTwice,
            twice.places[1].or(twice.places[0]),
            Vec::new(),
            lines,
        )
    }
}

fn times(count: usize) -> String {
    match count {
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
