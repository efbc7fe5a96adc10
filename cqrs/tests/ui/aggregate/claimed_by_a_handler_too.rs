use cqrs::{
    Aggregate, Apply, Command, CommandHandler, Context, Decide, Event, Handler, HandlerContext,
    HandlerError,
};
use serde::{Deserialize, Serialize};

#[derive(Command, Serialize, Deserialize)]
#[command(create)]
struct Open {
    #[id]
    id: String,
}

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Aggregate, Default)]
#[aggregate(events(Opened), commands(Open))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

impl Decide<Open> for Account {
    fn decide(&self, _: &Open, _: &mut Context<'_, Self>) -> Result<(), HandlerError> {
        Ok(())
    }
}

#[derive(Handler)]
#[handler(commands(Open))]
struct Desk;

impl CommandHandler<Open> for Desk {
    async fn handle(&self, _: Open, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
