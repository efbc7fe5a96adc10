use cqrs::Handler;

struct Pay;

#[derive(Handler)]
#[handler(commands(Pay))]
struct Bank;

fn main() {}
