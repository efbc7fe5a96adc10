use cqrs::Handler;

#[derive(Handler)]
struct Service<'a> {
    name: &'a str,
}

fn main() {}
