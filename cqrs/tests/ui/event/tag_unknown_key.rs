use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    #[tag(key = "by")]
    owner: String,
}

fn main() {}
