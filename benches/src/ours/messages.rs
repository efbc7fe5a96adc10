//! Very many kinds of messages, which are registered and never sent.

use cqrs::{Command, HandledBy, Registration, app::AppBuilder};

use super::dispatch::Echo;

/// A kind of message for each number of four digits.
struct Numbered<const A: usize, const B: usize>;

impl<const A: usize, const B: usize> Numbered<A, B> {
    const DIGITS: [u8; 4] = [digit(A / 10), digit(A % 10), digit(B / 10), digit(B % 10)];
}

impl<const A: usize, const B: usize> Command for Numbered<A, B> {
    const NAME: &'static str = match std::str::from_utf8(&Self::DIGITS) {
        Ok(name) => name,
        Err(_) => unreachable!(),
    };
    type Output = ();
    type Error = cqrs::HandlerError;
}

impl<const A: usize, const B: usize> HandledBy<Echo> for Numbered<A, B> {}

#[expect(clippy::cast_possible_truncation, reason = "it is a digit")]
const fn digit(number: usize) -> u8 {
    b'0' + number as u8
}

/// Registers the first so many of them, all of them going to one handler.
pub(super) fn register(builder: AppBuilder, count: usize) -> AppBuilder {
    let all = HUNDREDS.iter().flat_map(|hundred| hundred.iter());
    all.take(count)
        .fold(builder, |builder, message| builder.register(*message))
}

/// An array of what `$each!` makes of each number below 100.
macro_rules! hundred {
    ($each:ident) => {
        hundred!(@tens $each 0 10 20 30 40 50 60 70 80 90)
    };
    (@tens $each:ident $($ten:literal)+) => { [$(
        $each!({ $ten }), $each!({ $ten + 1 }), $each!({ $ten + 2 }), $each!({ $ten + 3 }),
        $each!({ $ten + 4 }), $each!({ $ten + 5 }), $each!({ $ten + 6 }), $each!({ $ten + 7 }),
        $each!({ $ten + 8 }), $each!({ $ten + 9 }),
    )+] };
}

macro_rules! hundred_messages {
    ($number:block) => {
        &Hundred::<$number>::MESSAGES
    };
}

macro_rules! message {
    ($number:block) => {
        Registration::command::<Numbered<A, $number>>().to_handler::<Echo>()
    };
}

static HUNDREDS: [&[Registration; 100]; 100] = hundred!(hundred_messages);

struct Hundred<const A: usize>;

impl<const A: usize> Hundred<A> {
    // Data and not code: so many functions would take minutes to compile.
    const MESSAGES: [Registration; 100] = hundred!(message);
}
