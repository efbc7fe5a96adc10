use cqrs::{Aggregate, App, Apply, DispatchError, Event, HandlerError};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Event, Serialize, Deserialize)]
struct Shipped {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

// No second error at `.await`, or where the answer is used.
async fn import(app: &App) -> Result<(), DispatchError<HandlerError>> {
    let id = "a1".to_owned();
    app.record::<Account>(&id, [Shipped {}]).await?.into_output();
    Ok(())
}

fn main() {}
