use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Pay {}

#[derive(Handler)]
struct Service {
    cache: std::rc::Rc<str>,
}

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
