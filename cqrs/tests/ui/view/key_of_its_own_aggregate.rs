use cqrs::{Aggregate, Apply, Event, View};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Opened))]
#[view(key = u64)]
struct Account {}

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

fn main() {}
