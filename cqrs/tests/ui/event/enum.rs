use cqrs::{Aggregate, Apply, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
enum Opened {
    Now,
}

// No second error here.
#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

fn main() {}
