//! Holding a whole file against what the store promises.

use std::{collections::HashMap, fmt};

use cqrs_core::{Position, StoreError};
use rusqlite::Connection;

use crate::{
    Sqlite, connection,
    error::store_error,
    interned::Texts,
    numbers::{from_sql, position},
    row,
};

/// What [`Sqlite::verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many events there are.
    pub events: u64,
    /// How many streams there are.
    pub streams: u64,
    /// What is wrong. Nothing, as a rule.
    pub faults: Vec<Fault>,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Something that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The event it concerns, if it is one.
    pub position: Option<Position>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Sqlite {
    /// Reads the whole file and holds it against what the store promises.
    ///
    /// Positions and the revisions of each stream have no gaps, times never go back, every event and snapshot has its
    /// checksum, every tag its event, no checkpoint is ahead of the log, and SQLite finds its own structures whole. The
    /// store stays in use meanwhile.
    ///
    /// # Errors
    ///
    /// When the file cannot be read at all.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        self.apart(|path| {
            let connection = connection::reader(path).map_err(store_error)?;
            let snapshot = connection.unchecked_transaction().map_err(store_error)?;
            verify(&snapshot)
        })
        .await
    }
}

fn verify(connection: &Connection) -> Result<Verified, StoreError> {
    let mut verified = Verified::default();
    structures(connection, &mut verified).map_err(store_error)?;
    let head = events(connection, &mut verified)?;
    for (sql, what) in CHECKS {
        report(connection, &mut verified, sql, what).map_err(store_error)?;
    }
    checkpoints(connection, &mut verified, head).map_err(store_error)?;
    snapshots(connection, &mut verified).map_err(store_error)?;
    Ok(verified)
}

impl Verified {
    fn fault(&mut self, position: Option<i64>, message: String) {
        self.faults.push(Fault {
            position: position.map(crate::numbers::position),
            message,
        });
    }
}

/// What plain SQL finds: each row is the position of a fault.
const CHECKS: &[(&str, &str)] = &[
    (
        "SELECT position FROM tags WHERE NOT EXISTS (SELECT 1 FROM events
         WHERE events.position = tags.position AND events.name = tags.name
         AND instr(char(10) || events.tags || char(10), char(10) || tags.tag || char(10)) > 0)",
        "is found by a tag that it does not have",
    ),
    (
        "WITH RECURSIVE lines (position, tag, rest) AS (
             SELECT position, NULL, tags || char(10) FROM events WHERE tags IS NOT NULL
             UNION ALL
             SELECT position, substr(rest, 1, instr(rest, char(10)) - 1),
                 substr(rest, instr(rest, char(10)) + 1) FROM lines WHERE rest <> ''
         )
         SELECT position FROM lines WHERE tag IS NOT NULL AND NOT EXISTS (SELECT 1 FROM tags
             WHERE tags.tag = lines.tag AND tags.position = lines.position)",
        "is not found by a tag that it has",
    ),
];

fn report(
    connection: &Connection,
    verified: &mut Verified,
    sql: &str,
    what: &str,
) -> rusqlite::Result<()> {
    let mut select = connection.prepare(sql)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let position = row.get(0)?;
        verified.fault(
            Some(position),
            format!("the event at position {position} {what}"),
        );
    }
    Ok(())
}

fn structures(connection: &Connection, verified: &mut Verified) -> rusqlite::Result<()> {
    let mut check = connection.prepare("PRAGMA integrity_check")?;
    let mut rows = check.query([])?;
    while let Some(row) = rows.next()? {
        let message: String = row.get(0)?;
        if message != "ok" {
            verified.fault(None, format!("SQLite: {message}"));
        }
    }
    Ok(())
}

/// Goes through the log, and answers its head.
fn events(connection: &Connection, verified: &mut Verified) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT {} FROM events NOT INDEXED ORDER BY position",
        row::COLUMNS
    );
    let mut select = connection.prepare(&sql).map_err(store_error)?;
    let mut rows = select.query([]).map_err(store_error)?;
    let mut texts = Texts::default();
    let mut streams: HashMap<i64, i64> = HashMap::new();
    let (mut head, mut last_time) = (0, i64::MIN);
    while let Some(found) = rows.next().map_err(store_error)? {
        let column = |index| found.get::<_, i64>(index).map_err(store_error);
        let (position, stream, revision, time) = (column(0)?, column(1)?, column(2)?, column(6)?);
        verified.events += 1;
        if position != head + 1 {
            verified.fault(
                Some(position),
                format!("the log jumps from position {head} to {position}"),
            );
        }
        head = position;
        let last = streams.entry(stream).or_insert(0);
        if revision != *last + 1 {
            verified.fault(
                Some(position),
                format!(
                    "the stream of position {position} jumps from revision {last} to {revision}"
                ),
            );
        }
        *last = revision;
        if time < last_time {
            verified.fault(
                Some(position),
                format!("position {position} was recorded before the one before it"),
            );
        }
        last_time = time;
        if let Err(error) = row::event(found, connection, &mut texts) {
            verified.fault(Some(position), error.to_string());
        }
    }
    verified.streams = streams.len() as u64;
    Ok(head)
}

fn checkpoints(
    connection: &Connection,
    verified: &mut Verified,
    head: i64,
) -> rusqlite::Result<()> {
    for (subscription, checkpoint) in crate::reader::documents::subscriptions(connection)? {
        if checkpoint.position > position(head) {
            verified.fault(
                None,
                format!(
                    "the checkpoint of {subscription} is {}, beyond the head of the log, which is {}",
                    checkpoint.position,
                    from_sql(head)
                ),
            );
        }
    }
    Ok(())
}

fn snapshots(connection: &Connection, verified: &mut Verified) -> rusqlite::Result<()> {
    let mut select = connection.prepare(
        "SELECT stream, checksum, state, revision > (SELECT coalesce(max(revision), 0)
         FROM events WHERE events.stream = snapshots.stream) FROM snapshots",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let (stream, checksum): (i64, i64) = (row.get(0)?, row.get(1)?);
        if i64::from(crc32fast::hash(row.get_ref(2)?.as_blob()?)) != checksum {
            verified.fault(
                None,
                format!("the snapshot of stream number {stream} is not what was written"),
            );
        }
        if row.get(3)? {
            verified.fault(
                None,
                format!("the snapshot of stream number {stream} is ahead of the stream"),
            );
        }
    }
    Ok(())
}
