use cqrs::{Aggregate, Apply, Command, Event};
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
struct Open {
    #[id]
    id: String,
}

fn main() {}
