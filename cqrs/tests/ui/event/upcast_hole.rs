use cqrs::{Aggregate, Apply, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 4, upcast(1 = OpenedV1, 3 = OpenedV2))]
struct Opened {}

#[derive(Deserialize)]
struct OpenedV1 {}

#[derive(Deserialize)]
struct OpenedV2 {}

// No second error here.
#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

fn main() {}
