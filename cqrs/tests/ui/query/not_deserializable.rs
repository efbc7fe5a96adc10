use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler};

#[derive(Handler)]
struct Service;

#[derive(Query)]
#[query(handler = Service, output = u64)]
struct Ask {}

impl QueryHandler<Ask> for Service {
    async fn handle(&self, _: Ask, _: &HandlerContext) -> Result<u64, HandlerError> {
        Ok(1)
    }
}

fn main() {}
