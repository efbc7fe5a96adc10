use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
struct Pay {}

#[derive(Handler)]
#[handler(commands(Pay))]
struct Bank;

impl CommandHandler<Pay> for Bank {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[derive(Handler)]
#[handler(commands(Pay))]
struct Till;

impl CommandHandler<Pay> for Till {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
