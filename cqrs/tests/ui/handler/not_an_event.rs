use cqrs::{EventHandler, Handler, HandlerContext, HandlerError, Recorded};

struct Opened {}

#[derive(Handler)]
#[handler(name = "mail", events(Opened))]
struct Service;

impl EventHandler<Opened> for Service {
    async fn handle(&self, _: &Recorded<Opened>, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
