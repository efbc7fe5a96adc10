use cqrs::{Aggregate, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(event(Opened))]
struct Account;

fn main() {}
