use cqrs::Handler;

struct Statement;

#[derive(Handler)]
#[handler(reads(Statement))]
struct Service;

fn main() {}
