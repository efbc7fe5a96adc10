use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(version = 5000000000)]
struct Opened {}

fn main() {}
