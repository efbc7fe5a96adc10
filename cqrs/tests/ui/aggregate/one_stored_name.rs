use cqrs::{Aggregate, Apply, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "Opened")]
struct Reopened {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened, Reopened))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

impl Apply<Reopened> for Account {
    fn apply(&mut self, _: &Reopened) {}
}

fn main() {}
