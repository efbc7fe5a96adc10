use cqrs::Handler;

#[derive(Handler)]
struct Service<T> {
    of: T,
}

fn main() {}
