//! The event store of `cqrs` for many nodes: one PostgreSQL database.
//!
//! ```no_run
//! use cqrs_postgres::Postgres;
//!
//! # async fn connect() -> Result<(), cqrs_postgres::ConnectError> {
//! let store = Postgres::connect("postgres://app:secret@localhost/shop").await?;
//! # drop(store);
//! # Ok(())
//! # }
//! ```
//!
//! Any number of programs may have it open. Positions are given under one lock and in the order of commits, so whoever
//! has read up to a position has seen all that will ever be before it; and what waits in a program is committed
//! together, one call a batch, which makes that fast. Nothing is acknowledged before it is on the disk, whatever
//! `synchronous_commit` is by default.
//!
//! # The database
//!
//! PostgreSQL 14 or later, with the encoding UTF-8. The tables are in the schema `cqrs`, the documents of views in
//! `cqrs_views`; [`Options::schema`] chooses other names. [`Postgres::connect`] makes them and brings them up to date.
//! Where programs may not do that, the owner runs [`Postgres::migration_sql`] with `psql`, and [`Postgres::grants_sql`]
//! for the programs' role: it may then read the tables and call the functions that write, and nothing else.
//!
//! Payloads are kept byte for byte. For eyes there is the view `cqrs.events_json`.
//!
//! Behind `PgBouncer` in transaction mode say [`Options::pooler`].
//!
//! # When the server is away
//!
//! Connections are made again by themselves. An append whose answer was lost is sent again and told from a new one by its
//! event ids; only when the server does not come back within [`Options::patience`] it is answered as
//! [`Unknown`](cqrs_core::AppendError::Unknown), or, if it was never sent, as not stored. A server that comes back with
//! less than it had, as after a fail-over that lost the end of the log, is told by the last event seen: every call then
//! fails with [`HistoryChanged`](cqrs_core::store::error::StoreErrorKind::HistoryChanged).

mod committer;
mod connect;
mod connection;
mod erase;
mod error;
mod events;
mod leases;
mod names;
mod numbers;
mod options;
mod pages;
mod pool;
mod postgres;
mod query;
mod queue;
mod reader;
mod row;
mod schema;
mod shared;
mod sync;
mod tables;
mod texts;
mod verify;
mod views;
mod wake;

pub use error::ConnectError;
pub use options::Options;
pub use postgres::Postgres;
pub use tables::{InvalidTable, PostgresTables};
/// The driver, whose types the rows of a projection have.
pub use tokio_postgres;
pub use verify::{Fault, Verified};
