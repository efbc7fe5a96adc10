use cqrs::{Event, View};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(View, Serialize, Deserialize)]
#[aggregate(events(Opened))]
struct Account {}

fn main() {}
