// One cause, and no fewer than two errors: the type of the errors is the aggregate's, which the compiler asks for where it is
// written and again in the future of the route. It merges what is alike at one place, and takes the place of an
// `impl Future` for another. Impls that are only there `where Account: Aggregate` would move the errors to every use of the
// command.
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
