use cqrs::{Command, CommandHandler, Handler, HandlerContext};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

struct PayError;

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service, error = PayError)]
struct Pay {}

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), PayError> {
        Ok(())
    }
}

fn main() {}
