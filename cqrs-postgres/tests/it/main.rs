//! What the PostgreSQL store promises beyond the contract of all stores.

mod batches;
mod connecting;
mod durability;
mod history;
mod leases;
mod make;
mod news;
mod outages;
mod overload;
mod plans;
mod pooler;
mod rights;
mod schemas;
mod tls;
mod verifying;
