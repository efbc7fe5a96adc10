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
