//! Holding a whole store against what it promises.

use std::{collections::HashMap, fmt, time::SystemTime};

use cqrs_core::{Position, StoreError};
use tokio_postgres::{Row, types::Type};

use crate::{
    Postgres,
    connection::Connection,
    error::DbError,
    names::Names,
    numbers::position,
    row::{self, COLUMNS, get},
    texts::Texts,
};

/// What [`Postgres::verify`] found.
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

    fn fault(&mut self, position: Option<i64>, message: String) {
        self.faults.push(Fault {
            position: position.map(crate::numbers::position),
            message,
        });
    }
}

/// Something that is wrong in a store.
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

impl Postgres {
    /// Reads the whole store and holds it against what it promises.
    ///
    /// Positions and the revisions of each stream have no gaps, times never go back, every event and snapshot has its
    /// checksum, every tag its event, and no checkpoint is ahead of the log. The store stays in use meanwhile. What
    /// PostgreSQL promises of its own structures is for `pg_amcheck` to check.
    ///
    /// # Errors
    ///
    /// When the store cannot be read at all.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        let store = self.clone();
        let verified = self.apart(async move {
            store.inner.shared.check()?;
            // A connection of its own: when this breaks off, its transaction goes with it.
            let connection = store.inner.shared.connect(None).await?;
            connection
                .execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await?;
            verify(&connection, &store.inner.shared.names).await
        });
        Ok(verified.await?)
    }
}

async fn verify(connection: &Connection, names: &Names) -> Result<Verified, DbError> {
    let mut verified = Verified::default();
    let head = events(connection, names, &mut verified).await?;
    for (sql, what) in CHECKS {
        for row in connection.query(&names.fill(sql), &[]).await? {
            let position = get(&row, 0)?;
            verified.fault(
                Some(position),
                format!("the event at position {position} {what}"),
            );
        }
    }
    checkpoints(connection, names, &mut verified, head).await?;
    snapshots(connection, names, &mut verified).await?;
    Ok(verified)
}

/// What plain SQL finds: each row is the position of a fault.
const CHECKS: &[(&str, &str)] = &[
    (
        "SELECT t.position FROM {schema}.tags t WHERE NOT EXISTS (SELECT FROM {schema}.events e
         WHERE e.position = t.position AND e.name = t.name
         AND t.tag = ANY (string_to_array(e.tags, E'\\n')))",
        "is found by a tag that it does not have",
    ),
    (
        "SELECT e.position FROM {schema}.events e, unnest(string_to_array(e.tags, E'\\n')) AS l (tag)
         WHERE NOT EXISTS (SELECT FROM {schema}.tags t WHERE t.tag = l.tag AND t.position = e.position)",
        "is not found by a tag that it has",
    ),
];

/// How many events are looked at with each statement.
const PAGE: i64 = 5_000;

/// What is known while going through the log.
#[derive(Default)]
struct Walk {
    head: i64,
    last_time: Option<SystemTime>,
    revisions: HashMap<(String, String), i64>,
}

/// Goes through the log, and answers its head.
async fn events(
    connection: &Connection,
    names: &Names,
    verified: &mut Verified,
) -> Result<i64, DbError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {}.events WHERE position > $1 ORDER BY position LIMIT {PAGE}",
        names.schema
    );
    let mut walk = Walk::default();
    loop {
        let head = walk.head;
        let rows = connection.query(&sql, &[(&head, Type::INT8)]).await?;
        if rows.is_empty() {
            break;
        }
        let mut texts = Texts::default();
        for row in &rows {
            walk.step(row, verified)?;
            if let Err(error) = row::event(row, &mut texts) {
                verified.fault(Some(walk.head), error.to_string());
            }
        }
    }
    verified.streams = walk.revisions.len() as u64;
    Ok(walk.head)
}

impl Walk {
    fn step(&mut self, row: &Row, verified: &mut Verified) -> Result<(), StoreError> {
        let (position, revision): (i64, i64) = (get(row, 0)?, get(row, 1)?);
        verified.events += 1;
        if position != self.head + 1 {
            let head = self.head;
            verified.fault(
                Some(position),
                format!("the log jumps from position {head} to {position}"),
            );
        }
        self.head = position;
        let stream = (get(row, 3)?, get(row, 4)?);
        let last = self.revisions.entry(stream).or_insert(0);
        if revision != *last + 1 {
            verified.fault(
                Some(position),
                format!(
                    "the stream of position {position} jumps from revision {last} to {revision}"
                ),
            );
        }
        *last = revision;
        let time: SystemTime = get(row, 7)?;
        if self.last_time.is_some_and(|last| time < last) {
            verified.fault(
                Some(position),
                format!("position {position} was recorded before the one before it"),
            );
        }
        self.last_time = Some(time);
        Ok(())
    }
}

async fn checkpoints(
    connection: &Connection,
    names: &Names,
    verified: &mut Verified,
    head: i64,
) -> Result<(), DbError> {
    let sql = names.fill(
        "SELECT kind || ' `' || name || '`', position FROM {schema}.subscriptions
         WHERE position > $1 ORDER BY kind, name, version",
    );
    for row in connection.query(&sql, &[(&head, Type::INT8)]).await? {
        let (subscription, checkpoint): (&str, i64) = (get(&row, 0)?, get(&row, 1)?);
        verified.fault(
            None,
            format!(
                "the checkpoint of {subscription} is {}, beyond the head of the log, which is {}",
                position(checkpoint),
                position(head)
            ),
        );
    }
    Ok(())
}

async fn snapshots(
    connection: &Connection,
    names: &Names,
    verified: &mut Verified,
) -> Result<(), DbError> {
    let sql = names.fill(
        "SELECT stream_type, stream_id, checksum, state, revision > (SELECT coalesce(max(e.revision), 0)
         FROM {schema}.events e WHERE e.stream_id = s.stream_id AND e.stream_type = s.stream_type)
         FROM {schema}.snapshots s WHERE (stream_id, stream_type) > ($1, $2)
         ORDER BY stream_id, stream_type LIMIT 1000",
    );
    let (mut id, mut kind) = (String::new(), String::new());
    loop {
        let params = [(&id as _, Type::TEXT), (&kind as _, Type::TEXT)];
        let rows = connection.query(&sql, &params).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        for row in &rows {
            let (kind, id): (&str, &str) = (get(row, 0)?, get(row, 1)?);
            if crc32fast::hash(get(row, 3)?).cast_signed() != get::<i32>(row, 2)? {
                verified.fault(
                    None,
                    format!("the snapshot of {kind} `{id}` is not what was written"),
                );
            }
            if get(row, 4)? {
                verified.fault(
                    None,
                    format!("the snapshot of {kind} `{id}` is ahead of the stream"),
                );
            }
        }
        (kind, id) = (get(last, 0)?, get(last, 1)?);
    }
}
