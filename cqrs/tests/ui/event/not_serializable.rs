use cqrs::Event;
use serde::Deserialize;

#[derive(Event, Deserialize)]
struct Opened {}

fn main() {}
