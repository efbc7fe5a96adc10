use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(formerly("Opened"))]
struct Opened {}

fn main() {}
