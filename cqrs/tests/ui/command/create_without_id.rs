use cqrs::Command;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(create)]
struct Open {}

fn main() {}
