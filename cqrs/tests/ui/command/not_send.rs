use cqrs::Command;

#[derive(Command)]
#[command(local)]
struct Pay {
    to: std::rc::Rc<str>,
}

fn main() {}
