use cqrs::{
    Event, HandlerError, ProjectRows, Projection, Recorded,
    sqlite::{Sqlite, SqliteTables},
};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Placed {}

#[derive(Projection)]
#[projection(name = "sales", store = Sqlite, events(Placed))]
struct Sales;

impl ProjectRows<Placed> for Sales {
    async fn project(_: &Recorded<Placed>, _: &mut SqliteTables) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
