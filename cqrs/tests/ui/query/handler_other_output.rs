use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Service, output = String)]
struct Ask {}

impl QueryHandler<Ask> for Service {
    async fn handle(&self, _: Ask, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(1)
    }
}

fn main() {}
