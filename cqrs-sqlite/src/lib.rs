//! The embedded event store of `cqrs`: one SQLite file, one process.
//!
//! ```
//! use cqrs_sqlite::Sqlite;
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("users.db");
//! let store = Sqlite::open(path)?;
//! # drop(store);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What is waiting to be written is committed together: one transaction and one `fsync` serve every task that waits, so
//! a store under load is many times as fast as one commit each. Nothing is acknowledged before it is on the disk.
//!
//! The file belongs to one process at a time, and on a local disk: network file systems do not keep its locks. To copy
//! a store that is in use, call [`Sqlite::backup`].

mod backup;
mod connection;
#[cfg(test)]
mod costs;
mod error;
mod events;
mod interned;
mod leases;
mod lock;
mod numbers;
mod open;
mod options;
mod query;
mod queue;
mod reader;
mod row;
mod schema;
mod sqlite;
mod sync;
mod tables;
mod verify;
mod views;
mod writer;

pub use error::OpenError;
pub use options::{Durability, Options};
/// The driver, whose types the parameters and rows of projections have.
pub use rusqlite;
pub use sqlite::Sqlite;
pub use tables::{InvalidTable, SqliteTables};
pub use verify::{Fault, Verified};
