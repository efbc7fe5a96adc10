//! What a test compares with what has come of it.

mod effects;
mod failed;

use std::{fmt, panic::Location};

use cqrs_core::{AskError, DispatchError, MessageError};
use serde::Serialize;

use super::effects::Effects;
use crate::outcome::{Outcome, Words};

/// What came of a message, an event or the time: to be compared with what the test expects.
///
/// Each verb fails the test at its own line, and can be followed by others. Events, commands and answers are compared by
/// what they are written as, so that they need not be `PartialEq`.
///
/// ```
/// # use cqrs::{Aggregate, Apply, Command, Context, Decide, Event, EventHandler, Handler, HandlerContext, HandlerError, Recorded};
/// # use cqrs_testing::AppFixture;
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Event, Serialize, Deserialize)] struct Paid { cents: u64 }
/// # #[derive(Event, Serialize, Deserialize)] struct Thanked { cents: u64 }
/// # #[derive(Aggregate, Default)] #[aggregate(events(Paid, Thanked))] struct Donor { thanked: u64 }
/// # impl Apply<Paid> for Donor { fn apply(&mut self, _: &Paid) {} }
/// # impl Apply<Thanked> for Donor { fn apply(&mut self, event: &Thanked) { self.thanked += event.cents; } }
/// # #[derive(Command, Serialize, Deserialize)] #[command(aggregate = Donor)]
/// # struct Thank { #[id] donor: String, cents: u64 }
/// # impl Decide<Thank> for Donor {
/// #     fn decide(&self, command: &Thank, cx: &mut Context<'_, Self>) -> Result<(), std::convert::Infallible> {
/// #         cx.emit(Thanked { cents: command.cents });
/// #         Ok(())
/// #     }
/// # }
/// # #[derive(Handler)] #[handler(name = "thanks", events(Paid))] struct Thanks;
/// # impl EventHandler<Paid> for Thanks {
/// #     async fn handle(&self, event: &Recorded<Paid>, cx: &HandlerContext) -> Result<(), HandlerError> {
/// #         if event.cents == 0 { return Err(HandlerError::permanent("nothing to thank for")) }
/// #         cx.dispatch(Thank { donor: event.stream().id().to_owned(), cents: event.cents }).await?;
/// #         Ok(())
/// #     }
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// AppFixture::new()
///     .capturing::<Thank>()
///     .when_event::<Donor>("ann", [Paid { cents: 500 }])
///     .await
///     .then_commands([Thank { donor: "ann".into(), cents: 500 }])
///     .then_events_of::<Donor>("ann", [Thanked { cents: 500 }])
///     .then_state::<Donor>("ann", |donor| assert_eq!(donor.thanked, 500))
///     .and()
///     .when_event::<Donor>("joe", [Paid { cents: 0 }])
///     .await
///     .then_parked("thanks");
/// # }
/// ```
///
/// When it is dropped without the test having said so, an event that was parked fails the test, as does a view or handler
/// that has stopped or keeps trying: see [`Check::NothingFails`](crate::Check::NothingFails).
#[must_use = "nothing is compared before `then_..`"]
pub struct AppThen<R> {
    pub(super) effects: Effects,
    pub(super) result: R,
}

impl<T, E: MessageError> AppThen<Result<T, DispatchError<E>>> {
    fn outcome(&self) -> Outcome<'_, T, E> {
        Outcome {
            message: self.effects.message,
            words: Words::COMMAND,
            result: self.result.as_ref().map_err(Into::into),
            recorded: self.effects.recorded(),
            given: self.effects.fixture.summary(),
            activity: self.effects.activity(),
        }
    }

    /// It was accepted and answered this.
    #[track_caller]
    pub fn then_output(&self, expected: T) -> &Self
    where
        T: Serialize,
    {
        self.outcome()
            .output(&expected, ("then_output", Location::caller()));
        self
    }

    /// It was accepted; the closure looks at what it answered.
    #[track_caller]
    pub fn then_output_with(&self, look: impl FnOnce(&T)) -> &Self {
        look(self.outcome().ok(("then_output_with", Location::caller())));
        self
    }

    /// It creates an aggregate that is there already.
    #[track_caller]
    pub fn then_already_exists(&self) -> &Self {
        self.outcome()
            .already_exists(("then_already_exists", Location::caller()));
        self
    }

    /// Its aggregate is not there.
    #[track_caller]
    pub fn then_not_found(&self) -> &Self {
        self.outcome()
            .not_found(("then_not_found", Location::caller()));
        self
    }
}

impl<T, E: MessageError> AppThen<Result<T, AskError<E>>> {
    fn outcome(&self) -> Outcome<'_, T, E> {
        Outcome {
            message: self.effects.message,
            words: Words::QUERY,
            result: self.result.as_ref().map_err(Into::into),
            recorded: self.effects.recorded(),
            given: self.effects.fixture.summary(),
            activity: self.effects.activity(),
        }
    }

    /// It was answered with this.
    #[track_caller]
    pub fn then_answer(&self, expected: T) -> &Self
    where
        T: Serialize,
    {
        self.outcome()
            .output(&expected, ("then_answer", Location::caller()));
        self
    }

    /// It was answered; the closure looks at the answer.
    #[track_caller]
    pub fn then_answer_with(&self, look: impl FnOnce(&T)) -> &Self {
        look(self.outcome().ok(("then_answer_with", Location::caller())));
        self
    }
}

impl<R> fmt::Debug for AppThen<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppThen")
            .field("message", &self.effects.message)
            .field("recorded", &self.effects.recorded.len())
            .finish_non_exhaustive()
    }
}
