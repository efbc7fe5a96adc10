use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Pay {}

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        let shared = std::rc::Rc::new(1);
        std::future::ready(()).await;
        drop(shared);
        Ok(())
    }
}

fn main() {}
