use cqrs::{Event, Handler, HandlerContext, HandlerError, Project, Query, QueryHandler, Recorded, View};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened))]
struct Statement {}

impl Project<Opened> for Statement {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Opened>) -> Option<Self> {
        view
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Statement)]
struct GetStatement {
    #[id]
    id: String,
}

#[derive(Handler)]
#[handler(queries(GetStatement))]
struct Statements;

impl QueryHandler<GetStatement> for Statements {
    async fn handle(&self, _: GetStatement, _: &HandlerContext) -> Result<Option<Statement>, HandlerError> {
        Ok(None)
    }
}

fn main() {}
