use cqrs::Handler;

struct Ask;

#[derive(Handler)]
#[handler(queries(Ask))]
struct Service;

fn main() {}
