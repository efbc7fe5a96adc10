//! Committing what pages of events changed, by compare-and-set on the checkpoint.

use cqrs_core::store::documents::{Checkpoint, PageCommit, ParkedEvent, Subscription};
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::documents;
use crate::numbers::{from_sql, micros, position, to_sql};

/// A subscription's row.
#[derive(Clone, Copy, Debug)]
struct Row {
    number: i64,
    checkpoint: Checkpoint,
    indexed: bool,
}

/// Commits a page, and answers whether it was: whether its checkpoint was the one expected.
pub(crate) fn commit(connection: &Connection, commit: &PageCommit) -> Result<bool> {
    let row = find(connection, &commit.subscription)?;
    if row.map(|row| row.checkpoint) != commit.expected {
        return Ok(false);
    }
    if let Some(row) = row.filter(|_| commit.reset) {
        clear(connection, row.number)?;
    }
    let has_values = |content: &(_, Vec<_>)| !content.1.is_empty();
    let indexed = row.is_some_and(|row| row.indexed)
        || commit
            .documents
            .iter()
            .any(|change| change.content.as_ref().is_some_and(has_values));
    let number = save(connection, commit, row, indexed)?;
    documents::change(connection, number, indexed, &commit.documents)?;
    for (key, position) in &commit.unpark {
        connection
            .prepare_cached(
                "DELETE FROM parked WHERE subscription = ?1 AND key = ?2 AND position = ?3",
            )?
            .execute(params![number, &**key, to_sql(position.get())])?;
    }
    for parked in &commit.park {
        park(connection, number, parked)?;
    }
    Ok(true)
}

/// Forgets a subscription with everything it has.
pub(crate) fn forget(connection: &Connection, subscription: &Subscription) -> Result<()> {
    let Some(row) = find(connection, subscription)? else {
        return Ok(());
    };
    clear(connection, row.number)?;
    connection
        .execute("DELETE FROM subscriptions WHERE id = ?1", [row.number])
        .map(drop)
}

fn find(connection: &Connection, subscription: &Subscription) -> Result<Option<Row>> {
    connection
        .prepare_cached(
            "SELECT id, position, epoch, mixed, built, indexed, paused FROM subscriptions
             WHERE kind = ?1 AND name = ?2 AND version = ?3",
        )?
        .query_row(
            params![
                subscription.kind.as_str(),
                subscription.name.as_str(),
                subscription.version
            ],
            |row| {
                Ok(Row {
                    number: row.get(0)?,
                    checkpoint: Checkpoint {
                        position: position(row.get(1)?),
                        epoch: from_sql(row.get(2)?),
                        mixed: row.get(3)?,
                        built: row.get(4)?,
                        paused: row.get(6)?,
                    },
                    indexed: row.get(5)?,
                })
            },
        )
        .optional()
}

/// Sets the checkpoint, and answers the subscription's number.
fn save(
    connection: &Connection,
    commit: &PageCommit,
    row: Option<Row>,
    indexed: bool,
) -> Result<i64> {
    let Checkpoint {
        position,
        epoch,
        mixed,
        built,
        paused,
    } = commit.checkpoint;
    let (position, epoch) = (to_sql(position.get()), to_sql(epoch));
    if let Some(row) = row {
        connection
            .prepare_cached(
                "UPDATE subscriptions
                 SET position = ?2, epoch = ?3, mixed = ?4, built = ?5, indexed = ?6, paused = ?7
                 WHERE id = ?1",
            )?
            .execute(params![
                row.number, position, epoch, mixed, built, indexed, paused
            ])?;
        return Ok(row.number);
    }
    let subscription = &commit.subscription;
    connection
        .prepare_cached(
            "INSERT INTO subscriptions (kind, name, version, position, epoch, mixed, built, indexed, paused)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .insert(params![
            subscription.kind.as_str(),
            subscription.name.as_str(),
            subscription.version,
            position,
            epoch,
            mixed,
            built,
            indexed,
            paused,
        ])
}

fn park(connection: &Connection, number: i64, parked: &ParkedEvent) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO parked
             (subscription, key, position, key_text, attempts, error, parked_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            number,
            &*parked.key,
            to_sql(parked.position.get()),
            parked.key_text,
            parked.attempts,
            parked.error,
            micros(parked.parked_at),
        ])
        .map(drop)
}

fn clear(connection: &Connection, number: i64) -> Result<()> {
    connection.execute("DELETE FROM documents WHERE view = ?1", [number])?;
    connection.execute("DELETE FROM document_indexes WHERE view = ?1", [number])?;
    connection.execute("DELETE FROM parked WHERE subscription = ?1", [number])?;
    Ok(())
}
