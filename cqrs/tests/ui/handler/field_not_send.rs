use cqrs::Handler;

#[derive(Handler)]
struct Service {
    cache: std::rc::Rc<str>,
}

fn main() {}
