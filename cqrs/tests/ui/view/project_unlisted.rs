use cqrs::{Event, Project, Recorded, View};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Event, Serialize, Deserialize)]
struct Closed {}

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened))]
struct Statement {}

impl Project<Opened> for Statement {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Opened>) -> Option<Self> {
        view
    }
}

impl Project<Closed> for Statement {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Closed>) -> Option<Self> {
        view
    }
}

fn main() {}
