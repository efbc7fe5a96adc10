// No second error for what it handles.
use cqrs::{Event, EventHandler, Handler, HandlerContext, HandlerError, Recorded};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Placed {}

#[derive(Handler)]
#[handler(name = "mails", events())]
struct Mails;

impl EventHandler<Placed> for Mails {
    async fn handle(&self, _: &Recorded<Placed>, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
