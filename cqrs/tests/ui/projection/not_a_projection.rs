use cqrs::{
    HandlerError, Tables,
    sqlite::SqliteTables,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Placed {}

struct Sales;

impl Tables for Sales {
    async fn create(_: &mut SqliteTables) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
