//! Given, when, then, for a whole app in memory.

mod checks;
mod effects;
mod events;
mod list;
mod sent;
mod stage;
mod then;
mod when;

use std::{fmt, fmt::Display, panic::Location, time::Duration};

use cqrs_core::{Aggregate, Command, IntoEvents, Metadata, app::AppBuilder};
use serde::Serialize;

#[doc(hidden)]
pub use self::list::Listed;
use self::{
    effects::Failed,
    stage::{Stage, Step},
};
pub use self::{
    list::{EventList, SentList},
    then::AppThen,
};
use crate::{
    check::{Check, Checks},
    outcome::chain_of,
    report::Place,
    time::TestTime,
};

/// A test of a whole app: given what has happened, when a message is sent or an event comes, then this is the answer and
/// that is what follows.
///
/// The app runs in memory, its clock stands still until the test moves it, its ids are the same in each run, and views
/// are up to date when the test asks. It is made of everything that is registered in the test's program; only what the
/// test touches must be in order, so a handler whose needs nobody provided is an error when a message for it is sent.
/// Handlers of events run only where the test asks for it, by [`when_event`](Self::when_event) or
/// [`with_event_handlers`](Self::with_event_handlers).
///
/// ```standalone_crate
/// # use cqrs::{Aggregate, Apply, Command, Context, Decide, Event, Project, Query, Recorded, View};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Event, Serialize, Deserialize)] struct Deposited { cents: u64 }
/// # #[derive(Aggregate, Default)] #[aggregate(events(Deposited))] struct Account;
/// # impl Apply<Deposited> for Account { fn apply(&mut self, _: &Deposited) {} }
/// # #[derive(Command, Deserialize)] #[command(aggregate = Account, upsert)]
/// # struct Deposit { #[id] account: String, cents: u64 }
/// # impl Decide<Deposit> for Account {
/// #     fn decide(&self, command: &Deposit, cx: &mut Context<'_, Self>) -> Result<(), std::convert::Infallible> {
/// #         cx.emit(Deposited { cents: command.cents });
/// #         Ok(())
/// #     }
/// # }
/// # #[derive(View, Serialize, Deserialize)] #[view(events(Deposited))] struct Balance { cents: u64 }
/// # impl Project<Deposited> for Balance {
/// #     fn project(view: Option<Self>, _: &String, event: &Recorded<Deposited>) -> Option<Self> {
/// #         Some(Self { cents: view.map_or(0, |view| view.cents) + event.cents })
/// #     }
/// # }
/// # #[derive(Query, Deserialize)] #[query(view = Balance)] struct GetBalance { #[id] account: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use cqrs_testing::AppFixture;
///
/// AppFixture::new()
///     .given::<Account>("a1", [Deposited { cents: 300 }])
///     .when(Deposit { account: "a1".into(), cents: 200 })
///     .await
///     .then_events([Deposited { cents: 200 }])
///     .and()
///     .when_query(GetBalance { account: "a1".into() })
///     .await
///     .then_answer(Some(Balance { cents: 500 }));
/// # }
/// ```
#[must_use = "nothing runs before `when`"]
pub struct AppFixture {
    stage: Stage,
    configure: Option<Configure>,
    steps: Vec<Step>,
    metadata: Metadata,
    checks: Checks,
    handlers: bool,
    limit: Duration,
    given: Given,
    /// What has failed in earlier rounds.
    known: Vec<Failed>,
}

type Configure = Box<dyn FnOnce(AppBuilder) -> AppBuilder + Send>;

/// What a test has said, for its messages.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    events: usize,
    commands: usize,
    place: Option<Place>,
}

impl AppFixture {
    /// An app in whose log there is nothing, at 2025-01-01T00:00:00Z.
    pub fn new() -> Self {
        Self {
            stage: Stage::default(),
            configure: None,
            steps: Vec::new(),
            metadata: Metadata::new(),
            checks: Checks::default(),
            handlers: false,
            limit: Duration::from_secs(5),
            given: Given::default(),
            known: Vec::new(),
        }
    }

    /// Configures the app as the program does: gives handlers what they need, adds middleware, registers by hand.
    ///
    /// Clock and ids stay those of the test.
    pub fn with(
        mut self,
        configure: impl FnOnce(AppBuilder) -> AppBuilder + Send + 'static,
    ) -> Self {
        self.configure = Some(match self.configure {
            Some(earlier) => Box::new(|builder| configure(earlier(builder))),
            None => Box::new(configure),
        });
        self
    }

    /// Handlers of events run, whatever the test does.
    pub const fn with_event_handlers(mut self) -> Self {
        self.handlers = true;
        self
    }

    /// How long views and handlers may take. Default: 5 seconds.
    ///
    /// A handler that fails is called again at once, and one that fails for half a second is not waited for.
    pub const fn waiting_at_most(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Looks into commands of this type when they are sent, so that
    /// [`then_commands`](AppThen::then_commands) can compare their fields.
    pub fn capturing<C: Command + Serialize>(self) -> Self {
        self.stage.sent.look_into::<C>();
        self
    }

    /// Leaves out something that is looked at silently otherwise.
    pub fn without_check(mut self, check: Check) -> Self {
        self.checks.leave_out(check);
        self
    }

    /// Nothing has happened: to say so in so many words.
    pub const fn given_no_prior_activity(self) -> Self {
        self
    }

    /// These events of an aggregate have happened, after what was given before: an array, a `Vec`, or a tuple of
    /// different ones. The id is one of the aggregate's, or its text.
    ///
    /// It is done when the app starts: nothing is awaited here. In a later round the app runs already, and if handlers of
    /// events run in it they handle what is given.
    #[track_caller]
    pub fn given<A: Aggregate>(mut self, id: impl Display, events: impl IntoEvents<A>) -> Self {
        let verb = ("given", Location::caller());
        let append = events::append::<A>(&id, events, &self.checks, verb);
        self.given.events += append.events.len();
        let step = Step::Append(append, self.metadata.clone());
        self.add(step, verb.1)
    }

    /// An event of an aggregate has happened that is stored under this name and version, with this payload: what an old
    /// version of the program wrote.
    #[track_caller]
    pub fn given_stored_json<A: Aggregate>(
        mut self,
        id: impl Display,
        name: &str,
        version: u32,
        payload: impl AsRef<str>,
    ) -> Self {
        let verb = ("given_stored_json", Location::caller());
        let event = (name, version, payload.as_ref());
        let append = events::append_stored::<A>(&id, event, &self.checks, verb);
        self.given.events += 1;
        let step = Step::Append(append, self.metadata.clone());
        self.add(step, verb.1)
    }

    /// This command was carried out. It must have been accepted: the test fails otherwise.
    #[track_caller]
    pub fn given_command<C: Command>(mut self, command: C) -> Self {
        let place = Location::caller();
        let metadata = self.metadata.clone();
        self.given.commands += 1;
        let step = Step::Command {
            name: C::NAME,
            place,
            send: Box::new(|app| {
                Box::pin(async move {
                    let sent = app.with(metadata).dispatch(command).await;
                    sent.map(drop).map_err(|error| chain_of(&error))
                })
            }),
        };
        self.add(step, place)
    }

    /// It is this time from here on.
    #[track_caller]
    pub fn given_time(mut self, time: impl TestTime) -> Self {
        self.steps.push(Step::Time(time.into_time()));
        self
    }

    /// Events and messages from here on carry this metadata.
    pub fn given_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    fn add(mut self, step: Step, place: Place) -> Self {
        self.steps.push(step);
        self.given.place = Some(place);
        self
    }

    /// What was given, in one line.
    fn summary(&self) -> String {
        let Given {
            events,
            commands,
            place,
        } = self.given;
        let mut parts = Vec::new();
        if events > 0 {
            parts.push(crate::report::counted(events, "event"));
        }
        if commands > 0 {
            parts.push(crate::report::counted(commands, "command"));
        }
        if parts.is_empty() {
            parts.push("no prior activity".to_owned());
        }
        let place = place.map_or_else(String::new, |place| {
            format!(" ({})", crate::report::line_of(place))
        });
        format!("{}{place}, clock {}", parts.join(" and "), self.stage.clock)
    }
}

impl Default for AppFixture {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AppFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppFixture")
            .field("given", &self.given)
            .field("event_handlers", &self.handlers)
            .finish_non_exhaustive()
    }
}
