// No second error for who claims it.
use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(nmae = "pay")]
struct Pay {}

#[derive(Handler)]
#[handler(commands(Pay))]
struct Bank;

impl CommandHandler<Pay> for Bank {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
