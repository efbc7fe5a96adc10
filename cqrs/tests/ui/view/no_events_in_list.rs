use cqrs::View;
use serde::{Deserialize, Serialize};

#[derive(View, Serialize, Deserialize)]
#[view(events())]
struct Statement {}

fn main() {}
