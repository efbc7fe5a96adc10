use cqrs::{Event, Project, Recorded, View, Views};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened))]
struct Statement {
    #[index]
    email: String,
}

impl Project<Opened> for Statement {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Opened>) -> Option<Self> {
        view
    }
}

fn find(views: &Views<Statement>) {
    drop(views.by(Statement::EMAIL, &5_u64));
}

fn main() {}
