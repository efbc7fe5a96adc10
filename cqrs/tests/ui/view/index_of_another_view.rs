use cqrs::{Event, Project, Recorded, View, Views};
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

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened))]
struct Other {
    #[index]
    email: String,
}

impl Project<Opened> for Other {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Opened>) -> Option<Self> {
        view
    }
}

fn find(views: &Views<Statement>) {
    drop(views.by(Other::EMAIL, "a"));
}

fn main() {}
