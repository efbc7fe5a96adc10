use cqrs::{
    HandlerError, Projection, Tables,
    sqlite::{Sqlite, SqliteTables},
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Placed {}

#[derive(Projection)]
#[projection(name = "sales", store = Sqlite)]
struct Sales;

impl Tables for Sales {
    async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
