use cqrs::Handler;

struct Pool;

#[derive(Handler)]
struct Service {
    pool: Pool,
}

fn main() {}
