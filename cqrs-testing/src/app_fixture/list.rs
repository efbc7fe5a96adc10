//! Messages of any type, as a test lists them.

use cqrs_core::{Command, EncodeError, Event, encode_event};
use serde::Serialize;

use crate::{ids, report::Shown};

/// Events of any aggregates: a tuple of different ones, an array or a `Vec` of one kind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of events",
    note = "give an array or a `Vec` of one kind of event, or a tuple of several kinds: `(Created {{ .. }}, Renamed {{ .. }})`"
)]
pub trait EventList {
    /// As they are compared.
    #[doc(hidden)]
    fn list(self, list: &mut Listed);
}

/// Commands of any types: a tuple of different ones, an array or a `Vec` of one kind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of commands that can be compared",
    note = "give a tuple of commands, or an array or a `Vec` of one kind; they are compared by what they are written as, so derive `Serialize`"
)]
pub trait SentList {
    /// As they are compared.
    #[doc(hidden)]
    fn list(self, list: &mut Listed);
}

/// Messages as they are compared.
#[derive(Debug, Default)]
pub struct Listed(pub(super) Vec<Result<Shown, String>>);

impl Listed {
    fn event<E: Event>(&mut self, event: &E) {
        let written = encode_event(event, ids::id(0).into());
        let text = |error: EncodeError| crate::outcome::chain_of(&error);
        self.0
            .push(written.map(|event| (&event).into()).map_err(text));
    }

    fn command<C: Command + Serialize>(&mut self, command: &C) {
        let written = serde_json::to_vec(command);
        self.0.push(match written {
            Ok(json) => Ok(Shown::new(C::NAME, &json)),
            Err(error) => Err(format!("command `{}` cannot be written: {error}", C::NAME)),
        });
    }
}

macro_rules! lists {
    ($list:ident, $add:ident, $($bound:tt)+) => {
        impl<M: $($bound)+, const N: usize> $list for [M; N] {
            fn list(self, list: &mut Listed) {
                for message in &self {
                    list.$add(message);
                }
            }
        }

        impl<M: $($bound)+> $list for Vec<M> {
            fn list(self, list: &mut Listed) {
                for message in &self {
                    list.$add(message);
                }
            }
        }
    };
}

lists!(EventList, event, Event);
lists!(SentList, command, Command + Serialize);

macro_rules! tuples {
    ($($message:ident)+) => {
        impl<$($message: Event),+> EventList for ($($message,)+) {
            fn list(self, list: &mut Listed) {
                #[expect(non_snake_case, reason = "the type's name is the field's too")]
                let ($($message,)+) = self;
                $(list.event(&$message);)+
            }
        }

        impl<$($message: Command + Serialize),+> SentList for ($($message,)+) {
            fn list(self, list: &mut Listed) {
                #[expect(non_snake_case, reason = "the type's name is the field's too")]
                let ($($message,)+) = self;
                $(list.command(&$message);)+
            }
        }
    };
}

tuples!(M1);
tuples!(M1 M2);
tuples!(M1 M2 M3);
tuples!(M1 M2 M3 M4);
tuples!(M1 M2 M3 M4 M5);
tuples!(M1 M2 M3 M4 M5 M6);
tuples!(M1 M2 M3 M4 M5 M6 M7);
tuples!(M1 M2 M3 M4 M5 M6 M7 M8);
