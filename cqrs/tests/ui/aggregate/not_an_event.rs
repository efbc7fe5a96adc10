use cqrs::{Aggregate, Apply};

struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

fn main() {}
