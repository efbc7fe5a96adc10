use cqrs::View;
use serde::{Deserialize, Serialize};

#[derive(View, Serialize, Deserialize)]
struct Statement {}

fn main() {}
