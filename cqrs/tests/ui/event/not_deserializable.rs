use cqrs::Event;
use serde::Serialize;

#[derive(Event, Serialize)]
struct Opened {}

fn main() {}
