use cqrs::{Project, Recorded, View};
use serde::{Deserialize, Serialize};

struct Opened {}

#[derive(View, Serialize, Deserialize)]
#[view(events(Opened))]
struct Statement {}

impl Project<Opened> for Statement {
    fn project(view: Option<Self>, _: &String, _: &Recorded<Opened>) -> Option<Self> {
        view
    }
}

fn main() {}
