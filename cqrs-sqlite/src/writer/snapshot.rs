//! Keeping snapshots.

use cqrs_core::{
    StreamId,
    store::{ERASED, Snapshot},
};
use rusqlite::{Result, params};

use super::Session;
use crate::numbers::to_sql;

/// Keeps a snapshot, unless there is a newer one or it is from before an erasure.
pub(crate) fn save(
    session: &mut Session<'_>,
    stream: &StreamId,
    snapshot: &Snapshot,
) -> Result<()> {
    // A snapshot of a stream that is not there is of another history.
    let Some(number) = session.stream(stream)?.number else {
        return Ok(());
    };
    let revision = to_sql(snapshot.revision.get());
    let erased_since: bool = session
        .connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM events JOIN names ON names.id = events.name
             WHERE stream = ?1 AND revision > ?2 AND names.name = ?3)",
        )?
        .query_row(params![number, revision, ERASED], |row| row.get(0))?;
    if erased_since {
        return Ok(());
    }
    session
        .connection
        .prepare_cached(
            "INSERT INTO snapshots (stream, version, revision, checksum, state)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (stream) DO UPDATE
             SET version = ?2, revision = ?3, checksum = ?4, state = ?5 WHERE revision < ?3",
        )?
        .execute(params![
            number,
            snapshot.version,
            revision,
            crc32fast::hash(&snapshot.state),
            &*snapshot.state,
        ])
        .map(drop)
}
