use cqrs::{Event, View};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened))]
struct Statement {}

fn main() {}
