use cqrs::Command;
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command("create")]
struct Open {
    #[id]
    id: String,
}

fn main() {}
