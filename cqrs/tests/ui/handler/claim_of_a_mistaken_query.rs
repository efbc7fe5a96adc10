// No second error for who claims it.
use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler};
use serde::{Deserialize, Serialize};

#[derive(Query, Serialize, Deserialize)]
#[query(output = u64, nmae = "count")]
struct Count {}

#[derive(Handler)]
#[handler(queries(Count))]
struct Shelf;

impl QueryHandler<Count> for Shelf {
    async fn handle(&self, _: Count, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(1)
    }
}

fn main() {}
