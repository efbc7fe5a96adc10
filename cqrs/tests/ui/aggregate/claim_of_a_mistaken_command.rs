// No second error for who claims it.
use std::convert::Infallible;

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened), commands(Open))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(nmae = "open", error = Infallible)]
struct Open {
    #[id]
    id: String,
}

impl Decide<Open> for Account {
    fn decide(&self, _: &Open, _: &mut Context<'_, Self>) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
