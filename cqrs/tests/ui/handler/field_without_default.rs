use cqrs::Handler;

#[derive(Clone)]
struct Pool;

#[derive(Handler)]
struct Service {
    #[inject(default)]
    pool: Pool,
}

fn main() {}
