use cqrs::Query;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
struct Statement {}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Statement)]
struct Ask {
    #[id]
    id: String,
}

fn main() {}
