use cqrs::Event;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Owner;

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    #[tag]
    owner: Owner,
}

fn main() {}
