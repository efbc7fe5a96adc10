use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(events(A))]
struct Opened {}

fn main() {}
