use cqrs::{Handler, HandlerContext, HandlerError, Query, QueryHandler};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

struct Answer;

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Service, output = Answer)]
struct Ask {}

impl QueryHandler<Ask> for Service {
    async fn handle(&self, _: Ask, _: &HandlerContext) -> Result<Answer, HandlerError> {
        Ok(Answer)
    }
}

fn main() {}
