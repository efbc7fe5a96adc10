// No second error for what it applies and emits, whatever it was to list.
use std::convert::Infallible;

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(events())]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account)]
struct Open {
    #[id]
    id: String,
}

impl Decide<Open> for Account {
    fn decide(&self, _: &Open, cx: &mut Context<'_, Self>) -> Result<(), Infallible> {
        cx.emit(Opened {});
        Ok(())
    }
}

fn main() {}
