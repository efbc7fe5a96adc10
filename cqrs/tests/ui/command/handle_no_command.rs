use cqrs::{CommandHandler, Handler, HandlerContext, HandlerError};

struct Pay;

#[derive(Handler)]
struct Service;

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
