// No second error for what it projects.
use cqrs::{
    Event, HandlerError, ProjectRows, Projection, Recorded, Tables,
    sqlite::{Sqlite, SqliteTables},
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Placed {}

#[derive(Projection)]
#[projection(name = "sales", store = Sqlite, events())]
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
