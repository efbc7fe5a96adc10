use cqrs::Aggregate;

#[derive(Aggregate, Default)]
#[aggregate(events())]
struct Account;

fn main() {}
