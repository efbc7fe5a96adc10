use std::convert::Infallible;

use cqrs::{Aggregate, Apply, Command, Context, Decide, Event};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Account, naem = "open", create = true, output(u64), name = "")]
struct Open {
    id: String,
}

// No second error here.
impl Decide<Open> for Account {
    fn decide(&self, _: &Open, _: &mut Context<'_, Self>) -> Result<(), Infallible> {
        Ok(())
    }
}

async fn send(app: cqrs::App) {
    let _ = app.dispatch(Open { id: String::new() }).await;
}

fn main() {}
