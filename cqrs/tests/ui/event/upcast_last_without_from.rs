use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 3, upcast(1 = OpenedV1, 2 = OpenedV2))]
struct Opened {}

#[derive(Deserialize)]
struct OpenedV1 {}

#[derive(Deserialize)]
struct OpenedV2 {}

impl From<OpenedV1> for OpenedV2 {
    fn from(_: OpenedV1) -> Self {
        Self {}
    }
}

fn main() {}
