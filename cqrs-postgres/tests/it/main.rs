//! What the PostgreSQL store promises beyond the contract of all stores: on bad days above all.

mod backends;
mod batches;
mod big_numbers;
mod bitrot;
mod cancelled;
mod event_ids;
mod feed_gap;
mod isolation;
mod killed;
mod load;
mod make;
mod twist;
mod two_nodes;
