//! The tables, and bringing those of an older store up to date.

use std::path::Path;

use cqrs_core::{StoreId, clock::Ids, store::Identity};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use uuid::Uuid;

use crate::{OpenError, numbers};

/// Marks the file as a store of this crate, for `file(1)` and for us: `cqrs`.
const APPLICATION_ID: i32 = 0x6371_7273;

/// The SQL that leads from each version of the schema to the next. Released ones are never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/001.sql"),
    include_str!("../migrations/002.sql"),
];

/// Makes the tables, or brings them up to date, and answers which store it is.
pub(crate) fn prepare(
    connection: &mut Connection,
    path: &Path,
    ids: &dyn Ids,
    restored: bool,
) -> Result<Identity, OpenError> {
    let failed = |error| OpenError::sqlite(path, error);
    // One transaction: whoever is killed in it has changed nothing.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let found = version(&transaction, path)?;
    let known = MIGRATIONS.len();
    if found > known {
        return Err(OpenError::TooNew {
            path: path.to_owned(),
            found: u32::try_from(found).unwrap_or(u32::MAX),
            known: u32::try_from(known).unwrap_or(u32::MAX),
        });
    }
    migrate(&transaction, found, ids).map_err(failed)?;
    if restored {
        transaction
            .execute("UPDATE meta SET restore_epoch = restore_epoch + 1", [])
            .map_err(failed)?;
    }
    let identity = identity(&transaction).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(identity)
}

/// The version of the file's schema; 0 when it is empty.
fn version(connection: &Connection, path: &Path) -> Result<usize, OpenError> {
    let failed = |error| OpenError::sqlite(path, error);
    let application_id: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(failed)?;
    let empty: bool = connection
        .query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)",
            [],
            |row| row.get(0),
        )
        .map_err(failed)?;
    match application_id {
        0 if empty => Ok(0),
        APPLICATION_ID => {
            let version: Option<i64> = connection
                .query_row("SELECT schema_version FROM meta", [], |row| row.get(0))
                .optional()
                .map_err(failed)?;
            Ok(version.map_or(0, |version| usize::try_from(version).unwrap_or(usize::MAX)))
        }
        other => Err(OpenError::OtherApplication {
            path: path.to_owned(),
            application_id: other,
        }),
    }
}

fn migrate(connection: &Connection, found: usize, ids: &dyn Ids) -> rusqlite::Result<()> {
    for migration in &MIGRATIONS[found..] {
        connection.execute_batch(migration)?;
    }
    if found == 0 {
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
        connection.execute(
            "INSERT INTO meta (id, store_id, restore_epoch, schema_version) VALUES (1, ?1, 0, 0)",
            [ids.next().as_bytes()],
        )?;
    }
    connection.execute(
        "UPDATE meta SET schema_version = ?1 WHERE schema_version <> ?1",
        [numbers::to_sql(MIGRATIONS.len() as u64)],
    )?;
    Ok(())
}

fn identity(connection: &Connection) -> rusqlite::Result<Identity> {
    connection.query_row("SELECT store_id, restore_epoch FROM meta", [], |row| {
        Ok(Identity {
            store: StoreId::new(Uuid::from_bytes(row.get(0)?)),
            epoch: row.get(1)?,
        })
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use cqrs_core::clock::RandomIds;

    use super::*;

    /// A store's tables, in memory.
    pub(crate) fn memory() -> Connection {
        let mut connection = Connection::open_in_memory().expect("a database");
        prepare(&mut connection, Path::new(":memory:"), &RandomIds, false).expect("a schema");
        connection
    }

    /// How SQLite would answer a statement, a step a line.
    pub(crate) fn plan(connection: &Connection, sql: &str) -> String {
        let mut explain = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .expect("a statement");
        let steps = explain.raw_query().mapped(|row| row.get::<_, String>(3));
        let steps: Vec<_> = steps.collect::<Result<_, _>>().expect("a plan");
        steps.join("\n")
    }
}
