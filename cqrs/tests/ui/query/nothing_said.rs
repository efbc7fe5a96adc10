use cqrs::Query;
use serde::{Deserialize, Serialize};

#[derive(Query, Serialize, Deserialize)]
struct Ask {}

fn main() {}
