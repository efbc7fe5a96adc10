use cqrs::{Event, EventHandler, Handler, HandlerContext, HandlerError, Recorded};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Handler)]
#[handler(name = "mail", event(Opened))]
struct Service;

impl EventHandler<Opened> for Service {
    async fn handle(&self, _: &Recorded<Opened>, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
