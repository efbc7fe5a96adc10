use cqrs::{
    Aggregate, Apply, Command, CommandHandler, Context, Decide, Event, Handler, HandlerContext,
    HandlerError,
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Handler)]
struct Service;

#[derive(Aggregate, Default)]
#[aggregate(events(Opened), commands(Pay))]
struct Account;

impl Apply<Opened> for Account {
    fn apply(&mut self, _: &Opened) {}
}

#[derive(Command, Serialize, Deserialize)]
#[command(handler = Service)]
struct Pay {}

impl CommandHandler<Pay> for Service {
    async fn handle(&self, _: Pay, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl Decide<Pay> for Account {
    fn decide(&self, _: &Pay, _: &mut Context<'_, Self>) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
