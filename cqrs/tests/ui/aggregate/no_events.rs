use cqrs::Aggregate;

#[derive(Aggregate, Default)]
struct Account;

fn main() {}
