use cqrs::{Aggregates, Handler};

struct Account;

#[derive(Handler)]
struct Service {
    accounts: Aggregates<Account>,
}

fn main() {}
