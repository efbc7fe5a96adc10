use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(formally("Begun"))]
struct Opened {}

fn main() {}
