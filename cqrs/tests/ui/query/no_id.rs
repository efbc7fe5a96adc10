use cqrs::{Event, Project, Query, Recorded, View};
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
struct Ask {
    id: String,
}

fn main() {}
