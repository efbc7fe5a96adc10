use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Pay {}

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Refund {}

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
