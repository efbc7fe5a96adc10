use cqrs::Handler;

#[derive(Handler)]
enum Service {
    One,
}

fn main() {}
