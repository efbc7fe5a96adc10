use cqrs::Command;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(upsert)]
struct Open {}

fn main() {}
