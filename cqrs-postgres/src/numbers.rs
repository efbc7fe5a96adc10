//! Numbers as PostgreSQL holds them: signed. Times are its own, in microseconds.

use cqrs_core::{Position, Revision};

/// Numbers above what a `bigint` can hold are above everything that is stored, too.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What was stored by [`to_sql`]; a negative number, which nothing writes, is 0.
pub(crate) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A count of things in memory, as the arrays of a call count.
pub(crate) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(crate) fn position(number: i64) -> Position {
    Position::new(from_sql(number))
}

pub(crate) fn revision(number: i64) -> Revision {
    Revision::new(from_sql(number))
}
