use cqrs::Handler;

#[derive(Handler)]
struct Service {
    #[inject(optional)]
    limit: u64,
}

fn main() {}
