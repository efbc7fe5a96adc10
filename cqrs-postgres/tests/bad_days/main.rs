//! What the PostgreSQL store does on bad days: killed, cut off, full, late, damaged and misused.

mod backup;
mod batches;
mod big_numbers;
mod bitrot;
mod broken;
mod cancelled;
mod disk_full;
mod dump;
mod feed_gap;
mod isolation;
mod killed;
mod limits;
mod load;
mod make;
mod migration;
#[path = "../../../cqrs-testing/tests/negative_controls/twist.rs"]
mod twist;
mod two_nodes;
