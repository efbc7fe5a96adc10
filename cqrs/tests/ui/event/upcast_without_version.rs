use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(upcast(1 = OpenedV1))]
struct Opened {}

#[derive(Deserialize)]
struct OpenedV1 {}

fn main() {}
