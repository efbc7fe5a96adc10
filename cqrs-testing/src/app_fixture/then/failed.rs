//! Verbs for messages that were not carried out or answered.

use std::panic::Location;

use cqrs_core::{AskError, DispatchError, MessageError};

use super::AppThen;

macro_rules! failed {
    ($error:ident, $who:literal) => {
        impl<T, E: MessageError> AppThen<Result<T, $error<E>>> {
            /// It was not rejected or refused.
            #[track_caller]
            pub fn then_ok(&self) -> &Self {
                self.outcome().ok(("then_ok", Location::caller()));
                self
            }

            #[doc = concat!($who, " rejected it, with whatever error.")]
            #[track_caller]
            pub fn then_rejected(&self) -> &Self {
                self.outcome().rejected(("then_rejected", Location::caller()));
                self
            }

            #[doc = concat!($who, " rejected it with this error.")]
            #[track_caller]
            pub fn then_error(&self, expected: E) -> &Self
            where
                E: PartialEq,
            {
                let verb = ("then_error", Location::caller());
                self.outcome().error(&expected, verb);
                self
            }

            #[doc = concat!($who, " rejected it with an error for which this is true.")]
            #[track_caller]
            pub fn then_error_matches(&self, is_expected: impl FnOnce(&E) -> bool) -> &Self {
                let verb = ("then_error_matches", Location::caller());
                self.outcome().error_matches(is_expected, verb);
                self
            }

            #[doc = concat!($who, " rejected it with an error that says this: for errors that cannot be compared.")]
            #[track_caller]
            pub fn then_error_text(&self, expected: &str) -> &Self {
                let verb = ("then_error_text", Location::caller());
                self.outcome().error_text(expected, verb);
                self
            }

            #[doc = concat!("It failed, for a reason of which this is true: for those that are no rejection. See [`", stringify!($error), "`].")]
            #[track_caller]
            pub fn then_fails(&self, is_expected: impl FnOnce(&$error<E>) -> bool) -> &Self {
                let is_it = self.result.as_ref().err().is_some_and(is_expected);
                if !is_it {
                    let verb = ("then_fails", Location::caller());
                    self.outcome().fail_otherwise("a failure that the closure is true for", verb);
                }
                self
            }
        }
    };
}

failed!(DispatchError, "Its aggregate or handler");
failed!(AskError, "Its handler");
