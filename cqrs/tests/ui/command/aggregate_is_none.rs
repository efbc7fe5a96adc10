use cqrs::Command;
use serde::{Deserialize, Serialize};

struct Account;

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account)]
struct Open {
    #[id]
    id: String,
}

fn main() {}
