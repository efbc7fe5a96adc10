//! What the PostgreSQL store promises beyond the contract of all stores: on bad days above all.

mod backends;
mod backup;
mod batches;
mod big_numbers;
mod bitrot;
mod broken;
mod cancelled;
mod disk_full;
mod dump;
mod event_ids;
mod feed_gap;
mod isolation;
mod killed;
mod limits;
mod load;
mod long_transactions;
mod make;
mod migration;
mod twist;
mod two_nodes;
