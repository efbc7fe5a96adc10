//! Given, when, then, for one aggregate: no store, no async.

mod checks;
mod commands;
mod decided;
mod decision;
mod history;

use std::{fmt, panic::Location, sync::Arc, time::SystemTime};

use cqrs_core::{Aggregate, Answering, Command, IntoEvents, Metadata};

use self::history::History;
pub(crate) use self::{
    checks::{round_trip, unreadable, unwritable},
    history::Happened,
};
pub use self::{
    commands::{CommandOf, CommandsOf, GivenCommands},
    decided::Decided,
};
use crate::{
    check::{Check, Checks},
    report::{Place, counted, line_of},
    time::{TestClock, TestTime, written},
};

/// A test of one aggregate: given what has happened, when a command is decided, then this is recorded.
///
/// Nothing is stored and nothing is awaited; what an app adds when it decides a command is all there: whether the
/// aggregate may or must exist, the time, the metadata, and that events are written and read. Each step says where in the
/// test it stands when it fails.
///
/// ```
/// # use cqrs::{Aggregate, Apply, Command, Context, Decide, Event, HandlerError};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Event, Serialize, Deserialize)] struct Deposited { cents: u64 }
/// # #[derive(Event, Serialize, Deserialize)] struct Withdrawn { cents: u64 }
/// # #[derive(Aggregate, Default)]
/// # #[aggregate(events(Deposited, Withdrawn), error = HandlerError)]
/// # struct Account { cents: u64 }
/// # #[derive(Command, Deserialize)]
/// # #[command(aggregate = Account)]
/// # struct Withdraw { #[id] account: String, cents: u64 }
/// # impl Apply<Deposited> for Account {
/// #     fn apply(&mut self, event: &Deposited) { self.cents += event.cents; }
/// # }
/// # impl Apply<Withdrawn> for Account {
/// #     fn apply(&mut self, event: &Withdrawn) { self.cents -= event.cents; }
/// # }
/// # impl Decide<Withdraw> for Account {
/// #     fn decide(&self, command: &Withdraw, cx: &mut Context<'_, Self>) -> Result<(), HandlerError> {
/// #         if command.cents > self.cents { return Err("not enough".into()); }
/// #         cx.emit(Withdrawn { cents: command.cents });
/// #         Ok(())
/// #     }
/// # }
/// use cqrs_testing::Fixture;
///
/// Fixture::<Account>::new()
///     .given([Deposited { cents: 500 }])
///     .when(Withdraw { account: "a1".into(), cents: 200 })
///     .then_events([Withdrawn { cents: 200 }]);
///
/// Fixture::<Account>::new()
///     .given([Deposited { cents: 500 }])
///     .when(Withdraw { account: "a1".into(), cents: 900 })
///     .then_rejected();
/// ```
///
/// It also looks at what no test asks for: see [`Check`].
#[must_use = "nothing is decided before `when`"]
pub struct Fixture<A: Aggregate> {
    history: History<A>,
    now: SystemTime,
    metadata: Metadata,
    checks: Checks,
    given: Given,
}

/// What a test has said, for its messages.
#[derive(Clone, Debug, Default)]
struct Given {
    events: usize,
    recorded_before: usize,
    place: Option<Place>,
}

impl<A: Aggregate> Fixture<A> {
    /// An aggregate of which nothing has happened, at 2025-01-01T00:00:00Z.
    pub fn new() -> Self {
        use cqrs_core::clock::Clock as _;
        Self {
            history: History::default(),
            now: TestClock::default().now(),
            metadata: Metadata::new(),
            checks: Checks::default(),
            given: Given::default(),
        }
    }

    /// Nothing has happened: to say so in so many words.
    pub const fn given_no_prior_activity(self) -> Self {
        self
    }

    /// These events have happened, after those that were given before: an array, a `Vec`, or a tuple of different ones.
    #[track_caller]
    pub fn given(self, events: impl IntoEvents<A>) -> Self {
        let place = Location::caller();
        let events = events.into_events();
        let mut given = self;
        for event in events {
            let happened = match Happened::new(event) {
                Ok(happened) => happened,
                Err(error) => unwritable::<A>(&error, ("given", place)),
            };
            if given.checks.has(Check::SerdeRoundTrip) {
                round_trip::<A>(&happened, ("given", place));
            }
            given.add(happened, place);
        }
        given.given.place = Some(place);
        given
    }

    /// An event has happened that is stored under this name and version, with this payload: what an old version of the
    /// program wrote.
    #[track_caller]
    pub fn given_stored_json(self, name: &str, version: u32, payload: impl AsRef<str>) -> Self {
        let place = Location::caller();
        let verb = ("given_stored_json", place);
        let happened = match Happened::read(name, version, payload.as_ref()) {
            Ok(happened) => happened,
            Err(error) => unreadable::<A>(name, version, &error, verb),
        };
        if self.checks.has(Check::SerdeRoundTrip) {
            round_trip::<A>(&happened, verb);
        }
        let mut given = self;
        given.add(happened, place);
        given
    }

    /// These commands were decided, and what they recorded has happened: a tuple, an array or a `Vec`.
    ///
    /// They must be accepted: the test fails otherwise.
    #[track_caller]
    pub fn given_commands(self, commands: impl CommandsOf<A>) -> Self {
        let mut given = GivenCommands::new(self, Location::caller());
        commands.decide_in(&mut given);
        given.finish()
    }

    /// It is this time when the command is decided.
    #[track_caller]
    pub fn given_time(mut self, time: impl TestTime) -> Self {
        self.now = time.into_time();
        self
    }

    /// The command carries this metadata.
    pub fn given_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Leaves out something that is looked at silently otherwise.
    pub fn without_check(mut self, check: Check) -> Self {
        self.checks.leave_out(check);
        self
    }

    /// Decides a command, as an app would.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a command is sent by value everywhere"
    )]
    pub fn when<C: Command + CommandOf<A>>(
        self,
        command: C,
    ) -> Answering<C::Output, Decided<A, C>> {
        command.decided_in(self, Location::caller())
    }

    fn add(&mut self, happened: Happened<A>, place: Place) {
        self.history.push(Arc::new(happened));
        self.given.events += 1;
        self.given.place = Some(place);
    }

    /// What was given, in one line.
    fn summary(&self, id: &str) -> String {
        let Given {
            events,
            recorded_before,
            place,
        } = self.given;
        let mut text = match events {
            0 => "no prior activity".to_owned(),
            _ => counted(events, "event"),
        };
        text = format!("{text} on {} `{id}`", A::NAME);
        if let Some(place) = place {
            text = format!("{text} ({})", line_of(place));
        }
        if recorded_before > 0 {
            text = format!("{text}, {recorded_before} of the rounds before");
        }
        format!("{text}, clock {}", written(self.now))
    }
}

impl<A: Aggregate> Default for Fixture<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Aggregate> Clone for Fixture<A> {
    /// The same start for another test.
    fn clone(&self) -> Self {
        Self {
            history: self.history.clone(),
            now: self.now,
            metadata: self.metadata.clone(),
            checks: self.checks.clone(),
            given: self.given.clone(),
        }
    }
}

impl<A: Aggregate> fmt::Debug for Fixture<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fixture")
            .field("aggregate", &A::NAME)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}
