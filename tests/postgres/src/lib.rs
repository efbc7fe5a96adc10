//! A `PostgreSQL` server for the length of a test, from the binaries that are installed.
//!
//! [`shared`] is a database of one's own in a server that other tests use too: in that of `DATABASE_URL` where that is
//! set. [`Server`] is a whole server, to be killed, stopped, frozen and restarted. Neither outlives the test program,
//! however that ends. Where no binaries are installed there is an error that says what to install.
//!
//! ```no_run
//! # fn main() -> Result<(), temporary_postgres::StartError> {
//! let server = temporary_postgres::Server::start()?;
//! let url = server.create_database();
//! server.kill_9();
//! server.start_again();
//! # Ok(())
//! # }
//! ```

#![cfg(unix)]

mod binaries;
mod data;
mod database;
mod error;
mod options;
mod processes;
mod server;
#[cfg(test)]
mod tests;
mod user;
mod watchdog;

pub use binaries::installed;
pub use database::{Database, shared};
pub use error::StartError;
pub use options::Options;
pub use server::Server;
