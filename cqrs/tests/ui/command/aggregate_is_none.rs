// One cause, and no fewer than three errors: the type of the errors is the aggregate's, which the compiler asks for where it
// is written and again in the future of the route; and the route asks whether the aggregate decides the command. The
// compiler merges what is alike at one place, and takes the place of an `impl Future` for another. Impls that are only
// there `where Account: Aggregate` would move the errors to every use of the command.
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
