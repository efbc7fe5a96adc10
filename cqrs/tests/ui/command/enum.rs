use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
enum Pay {
    Now,
    Later,
}

#[derive(Handler)]
struct Service;

// No second error here.
impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
