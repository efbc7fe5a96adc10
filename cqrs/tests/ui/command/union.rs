use cqrs::{Command, CommandHandler, Handler, HandlerContext, HandlerError};

#[derive(Command)]
#[command(handler = Service, local)]
union Pay {
    now: u8,
    later: i8,
}

#[derive(Handler)]
struct Service;

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
