//! Numbers and times as SQLite holds them: signed, and in microseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cqrs_core::{Position, Revision};

/// Numbers above what SQLite can hold are above everything it holds, too.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// What was stored by [`to_sql`]; a negative number, which only a damaged file has, is 0.
pub(crate) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(crate) fn position(number: i64) -> Position {
    Position::new(from_sql(number))
}

pub(crate) fn revision(number: i64) -> Revision {
    Revision::new(from_sql(number))
}

/// The time in whole microseconds since 1970; a time before is 1970.
pub(crate) fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

pub(crate) fn time(micros: i64) -> SystemTime {
    let since = Duration::from_micros(from_sql(micros));
    // Only a damaged file has a time that the platform cannot tell.
    UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_back_in_whole_microseconds() {
        for stored in [0, 1, 1_700_000_000_123_456] {
            assert_eq!(micros(time(stored)), stored);
        }
    }
}
