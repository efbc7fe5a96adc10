use cqrs::Command;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(colour = "red")]
struct Open {
    #[id]
    id: String,
}

fn main() {}
