use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2, upcast(1 = OpenedV1, 2 = OpenedV2))]
struct Opened {}

#[derive(Deserialize)]
struct OpenedV1 {}

#[derive(Deserialize)]
struct OpenedV2 {}

fn main() {}
