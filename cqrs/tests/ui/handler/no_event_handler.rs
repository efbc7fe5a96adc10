use cqrs::{Event, Handler};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Handler)]
#[handler(name = "mail", events(Opened))]
struct Service;

fn main() {}
