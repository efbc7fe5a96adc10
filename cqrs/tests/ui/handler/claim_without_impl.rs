use cqrs::{Handler, Query};
use serde::{Deserialize, Serialize};

#[derive(Query, Serialize, Deserialize)]
#[query(output = u64)]
struct Ask {}

#[derive(Handler)]
#[handler(queries(Ask))]
struct Service;

fn main() {}
