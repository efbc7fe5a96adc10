use cqrs::Handler;

#[derive(Handler)]
#[handler(from = beginning)]
struct Service;

fn main() {}
