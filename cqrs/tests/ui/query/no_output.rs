use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Service)]
struct Ask {}

// No second error here.
impl QueryHandler<Ask> for Service {
    async fn handle(&self, _: Ask, _: &HandlerContext) -> Result<(), HandlerError> {
        Ok(())
    }
}

fn main() {}
