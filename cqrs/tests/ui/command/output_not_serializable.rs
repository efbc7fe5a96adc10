use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

struct Receipt;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service, output = Receipt)]
struct Pay {}

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<Receipt, HandlerError> {
        Ok(Receipt)
    }
}

fn main() {}
