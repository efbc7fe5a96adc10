use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(formerly = "Begun")]
struct Opened {}

fn main() {}
