use cqrs::{
    Event, HandlerError, Memory, ProjectRows, Projection, Recorded, Tables,
    sqlite::SqliteTables,
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Placed {}

#[derive(Projection)]
#[projection(name = "sales", store = Memory, events(Placed))]
struct Sales;

impl Tables for Sales {
    async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> {
        Ok(())
    }
}

impl ProjectRows<Placed> for Sales {
    async fn project(_: &Recorded<Placed>, _: &mut SqliteTables) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
