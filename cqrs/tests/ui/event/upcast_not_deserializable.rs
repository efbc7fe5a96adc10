use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 2, upcast(1 = OpenedV1))]
struct Opened {}

struct OpenedV1 {}

impl From<OpenedV1> for Opened {
    fn from(_: OpenedV1) -> Self {
        Self {}
    }
}

fn main() {}
