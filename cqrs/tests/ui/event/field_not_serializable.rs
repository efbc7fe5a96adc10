use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Money;

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    paid: Vec<Money>,
}

fn main() {}
