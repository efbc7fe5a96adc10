use cqrs::{Command, Handler};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Pay {}

fn main() {}
