//! One transaction for everything that waits.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use rusqlite::{Connection, ErrorCode};

use super::{Failure, Session, Work};
use crate::error::{panicked, store_error};

/// Commits all of the work, and answers why which of it failed.
///
/// Together first. When the store fails at that, each alone, so that one that is too large for what is left of the disk,
/// say, takes nobody along.
pub(crate) fn commit(
    session: &mut Session<'_>,
    batch: &mut [Box<dyn Work>],
) -> Vec<Option<Failure>> {
    let Err(failure) = attempt(session, batch) else {
        return vec![None; batch.len()];
    };
    let unknown = matches!(failure, Failure::Unknown(_));
    if batch.len() == 1 && !unknown {
        return vec![Some(failure)];
    }
    // After an unknown outcome, trying again tells: what did happen is found by its event ids.
    batch
        .iter_mut()
        .map(|work| attempt(session, std::slice::from_mut(work)).err())
        .map(|failure| match failure {
            Some(failure) if unknown => Some(Failure::Unknown(failure.error())),
            failure => failure,
        })
        .collect()
}

/// Answers everybody.
pub(super) fn answer(batch: Vec<Box<dyn Work>>, failures: Vec<Option<Failure>>) {
    for (work, failure) in batch.into_iter().zip(failures) {
        // Who receives the answer may be anybody's code: its panic is not ours, nor that of the others in the batch.
        let answered = catch_unwind(AssertUnwindSafe(|| match failure {
            None => work.answer(),
            Some(failure) => work.fail(failure),
        }));
        if answered.is_err() {
            tracing::error!("whoever waited for the store panicked at the answer");
        }
    }
}

fn attempt(session: &mut Session<'_>, batch: &mut [Box<dyn Work>]) -> Result<(), Failure> {
    let connection = session.connection;
    if session.is_stale() {
        // The last failure could not be cleared away then.
        roll_back(session).map_err(Failure::NotDone)?;
    }
    execute(connection, "BEGIN IMMEDIATE").map_err(|error| Failure::NotDone(store_error(error)))?;
    for work in batch {
        // The session is whole again after `roll_back`.
        let performed = catch_unwind(AssertUnwindSafe(|| work.perform(session)));
        if let Err(error) = performed.unwrap_or_else(|_panic| Err(panicked())) {
            roll_back(session).map_err(Failure::NotDone)?;
            return Err(Failure::NotDone(error));
        }
    }
    execute(connection, "COMMIT").map_err(|error| {
        let certain = did_not_happen(&error);
        let error = store_error(error);
        match roll_back(session) {
            Ok(()) if certain => Failure::NotDone(error),
            Ok(()) | Err(_) => Failure::Unknown(error),
        }
    })
}

/// Whether a commit that failed cannot be on the disk all the same. With a failed `fsync` nobody can say what reached it.
fn did_not_happen(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

fn roll_back(session: &mut Session<'_>) -> Result<(), StoreError> {
    session.distrust();
    // SQLite may have done it already.
    if !session.connection.is_autocommit() {
        execute(session.connection, "ROLLBACK").map_err(store_error)?;
    }
    session.reset().map_err(|error| {
        StoreError::new(
            StoreErrorKind::Unavailable,
            "the SQLite file cannot be read after a write that failed",
        )
        .because(error)
    })
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
