use cqrs::{Command, Handler};

#[derive(Command)]
#[command(handler = Service, local)]
struct Pay<'a> {
    to: &'a str,
}

#[derive(Handler)]
struct Service;

fn main() {}
