use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[event(formerly())]
struct Opened {}

fn main() {}
