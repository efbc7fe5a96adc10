use cqrs::{Command, Handler};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Pay<T> {
    amount: T,
}

#[derive(Handler)]
struct Service;

fn main() {}
