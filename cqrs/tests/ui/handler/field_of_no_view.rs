use cqrs::{Handler, Views};

struct Statement;

#[derive(Handler)]
struct Service {
    statements: Views<Statement>,
}

fn main() {}
