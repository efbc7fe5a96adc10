use cqrs::{Aggregate, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Account<T> {
    of: T,
}

fn main() {}
