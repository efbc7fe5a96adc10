use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    #[tag(name = "a:b")]
    owner: String,
}

fn main() {}
