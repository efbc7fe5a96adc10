//! Projections into SQL tables, with the derives, on SQLite.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

mod erasing;
mod failing;
mod kills;
mod reading;
mod refused;
mod shop;
mod versions;
