//! Times and sizes, one after another.

mod apart;
mod batches;
mod connections;
mod limits;
mod long_transactions;
mod news;
mod slow_subscriber;
mod turn;

#[path = "../../../../cqrs-postgres/tests/bad_days/load.rs"]
mod load;
#[path = "../../../../cqrs-postgres/tests/bad_days/make.rs"]
#[expect(dead_code, reason = "others use the rest of it")]
mod make;
