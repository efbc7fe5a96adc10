use cqrs::{Event, EventHandler, Handler, HandlerContext, HandlerError, Recorded};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Handler)]
#[handler(events(Opened))]
struct Service;

// No second error here.
impl EventHandler<Opened> for Service {
    async fn handle(&self, _: &Recorded<Opened>, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
