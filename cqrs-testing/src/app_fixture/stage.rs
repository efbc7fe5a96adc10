//! The app of a test, and what is done with it before the test begins.

use std::{
    fmt::Display,
    pin::Pin,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use cqrs_core::{
    Aggregate, App, Append, CommandId, EventStore, Expected, IntoEvents, Memory, Metadata,
    NewEvent, Position, Store, StreamId, app::MessageKind, clock::Ids,
};

use super::{Configure, sent::Sent};
use crate::{
    check::{Check, Checks},
    fixture::{Happened, round_trip, unreadable, unwritable},
    ids::CountedIds,
    outcome::Verb,
    report::{Place, Report},
    time::TestClock,
};

/// The app of a test, and what it runs on. Clones are the same app.
#[derive(Clone)]
pub(super) struct Stage {
    pub(super) store: Memory,
    pub(super) clock: TestClock,
    pub(super) sent: Sent,
    ids: CountedIds,
    app: Option<App>,
    handlers: bool,
}

impl Default for Stage {
    fn default() -> Self {
        let clock = TestClock::default();
        let ids = CountedIds::default();
        Self {
            store: Memory::new()
                .with_clock(Arc::new(clock.clone()))
                .with_ids(Arc::new(ids.clone())),
            clock,
            sent: Sent::default(),
            ids,
            app: None,
            handlers: false,
        }
    }
}

/// Something that was given, to be done when the app is there.
pub(super) enum Step {
    Append(NewEvents, Metadata),
    Command {
        name: &'static str,
        place: Place,
        send: Box<dyn FnOnce(App) -> Sending + Send>,
    },
    Time(SystemTime),
}

impl Step {
    pub(super) const fn needs_app(&self) -> bool {
        matches!(self, Self::Command { .. })
    }
}

type Sending = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

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

impl Stage {
    /// Starts the app, if it does not run yet.
    pub(super) async fn start(&mut self, configure: Option<Configure>, handlers: bool, verb: Verb) {
        if self.app.is_some() {
            if configure.is_some() {
                Report::new(
                    "AppFixture",
                    "the app runs and cannot be configured any more",
                    verb,
                )
                .note(
                    "cause",
                    "it was started by an earlier round: say `.with(..)` in the first",
                )
                .fail();
            }
            if handlers && !self.handlers {
                Report::new(
                    "AppFixture",
                    "handlers of events do not run in this app",
                    verb,
                )
                .note(
                    "cause",
                    "it was started by an earlier round: say `.with_event_handlers()` in the first",
                )
                .fail();
            }
            return;
        }
        let builder = App::builder(self.store.clone()).middleware(self.sent.clone());
        let builder = match configure {
            Some(configure) => configure(builder),
            None => builder,
        };
        let builder = builder.clock(self.clock.clone()).ids(self.ids.clone());
        match builder.unchecked(handlers).start().await {
            Ok(app) => self.app = Some(app),
            Err(error) => Report::new("AppFixture", "the app did not start", verb)
                .note("cause", error)
                .fail(),
        }
        self.handlers = handlers;
    }

    /// The app, which runs when the test begins.
    pub(super) const fn app(&self) -> &App {
        self.app.as_ref().expect("the app was started before")
    }

    /// Does what was given.
    pub(super) async fn take(&self, step: Step) {
        match step {
            Step::Time(time) => self.clock.set(time),
            Step::Append(new, metadata) => self.append(new, metadata).await,
            Step::Command { name, place, send } => {
                if let Err(error) = send(self.app().clone()).await {
                    let verb = ("given_command", place);
                    Report::new(name, "a given command was not accepted", verb)
                        .note("cause", error)
                        .fail();
                }
            }
        }
    }

    /// Puts events into the log, behind the back of the app.
    pub(super) async fn append(&self, new: NewEvents, metadata: Metadata) {
        let command_id = metadata
            .command_id()
            .unwrap_or_else(|| CommandId::new(self.ids.next()));
        let correlation_id = metadata
            .correlation_id()
            .unwrap_or_else(|| command_id.into());
        let metadata = metadata.command(command_id).correlation(correlation_id);
        let NewEvents {
            stream, mut events, ..
        } = new;
        for (number, event) in (0..).zip(&mut events) {
            event.id = command_id.event(number);
            event.metadata = metadata.clone();
        }
        let store: &dyn Store = &self.store;
        let append = Append::new().stream(stream, Expected::Any, events);
        if let Err(error) = store.append(append).await {
            panic!("the given events cannot be stored: {error}");
        }
    }

    /// Waits until views and handlers have dealt with everything, but not for ever.
    pub(super) async fn settle(&self, limit: Duration) {
        // Who is still behind when the time is up is reported with what became of the message.
        let _in_time = tokio::time::timeout(limit, self.app().settled()).await;
    }

    pub(super) async fn head(&self) -> Position {
        self.store.head().await.unwrap_or_default()
    }

    /// Fails if a handler follows one of these events and does not run.
    #[track_caller]
    pub(super) fn assert_followed(&self, new: &NewEvents, verb: Verb) {
        let names: Vec<_> = new.events.iter().map(|event| &*event.name).collect();
        let catalog = self.app().catalog().entries().iter();
        let follows = |events: &[&str]| events.iter().any(|event| names.contains(event));
        for handler in catalog.filter(|entry| entry.kind == MessageKind::Handler) {
            if follows(&handler.events)
                && let Some(fault) = self.app().fault(handler.name)
            {
                Report::new(
                    new.first,
                    format_args!("handler `{}` cannot run", handler.name),
                    verb,
                )
                .note("cause", fault)
                .fail();
            }
        }
    }
}
