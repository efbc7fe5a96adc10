use cqrs::{Event, Project, Recorded, View};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {}

#[derive(Clone, Serialize, Deserialize)]
struct Key;

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened), key = Key)]
struct Statement {}

impl Project<Opened> for Statement {
    fn project(view: Option<Self>, _: &Key, _: &Recorded<Opened>) -> Option<Self> {
        view
    }
}

fn main() {}
