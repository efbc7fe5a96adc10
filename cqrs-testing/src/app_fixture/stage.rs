//! The app of a test, and what is done with it before the test begins.

use std::{
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use cqrs_core::{
    App, Append, CommandId, EventStore, Expected, Memory, Metadata, Position, Store,
    app::MessageKind, clock::Ids,
};

use super::{Configure, events::NewEvents, sent::Sent};
use crate::{
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
                    new.message(),
                    format_args!("handler `{}` cannot run", handler.name),
                    verb,
                )
                .note("cause", fault)
                .fail();
            }
        }
    }
}
