use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler};
use serde::{Deserialize, Serialize};

#[derive(Query, Serialize, Deserialize)]
#[query(output = u64)]
struct Count {}

#[derive(Handler)]
#[handler(queries(Count))]
struct Shelf;

impl QueryHandler<Count> for Shelf {
    async fn handle(&self, _: Count, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(1)
    }
}

#[derive(Handler)]
#[handler(queries(Count))]
struct Stock;

impl QueryHandler<Count> for Stock {
    async fn handle(&self, _: Count, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(2)
    }
}

fn main() {}
