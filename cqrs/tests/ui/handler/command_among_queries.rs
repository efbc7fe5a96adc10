use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
struct Pay {}

#[derive(Handler)]
#[handler(queries(Pay))]
struct Service;

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
