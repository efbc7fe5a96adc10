use cqrs::{Command, Handler};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(output = u64)]
struct Pay {}

#[derive(Handler)]
#[handler(commands(Pay))]
struct Service;

fn main() {}
