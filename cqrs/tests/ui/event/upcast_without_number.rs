use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2, upcast(OpenedV1))]
struct Opened {}

#[derive(Deserialize)]
struct OpenedV1 {}

fn main() {}
