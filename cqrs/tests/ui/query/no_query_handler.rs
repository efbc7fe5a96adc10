use cqrs::{Handler, Query};
use serde::{Deserialize, Serialize};

#[derive(Handler)]
struct Service;

#[derive(Query, Serialize, Deserialize)]
#[query(handler = Service, output = u64)]
struct Ask {}

fn main() {}
