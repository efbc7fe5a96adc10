//! What changes the tables of projections: each time a transaction of its own, on a connection of its own, so that no
//! statement of theirs meets the store's.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
};

use cqrs_core::{
    AppendError, HandlerError, StoreError,
    store::tables::{TablesCommit, TablesError},
};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{FromFailure as _, pages};
use crate::{
    Options, Sqlite, connection,
    error::{panicked, store_error, trouble},
    tables::{Guarded, SqliteTables, once, version::Version},
};

/// A page of events for the tables of a projection, and whoever waits for it.
pub(crate) struct TablesTask {
    commit: TablesCommit<Sqlite>,
    reply: oneshot::Sender<Result<(), TablesError>>,
}

impl TablesTask {
    pub(crate) const fn new(
        commit: TablesCommit<Sqlite>,
        reply: oneshot::Sender<Result<(), TablesError>>,
    ) -> Self {
        Self { commit, reply }
    }

    /// Does it, and answers.
    pub(super) fn run(mut self, file: &mut TablesFile) {
        let result = file.transact(&mut self.commit);
        // Whoever asked may be gone; it is done all the same.
        let _gone = self.reply.send(result);
    }

    /// Answers that it was not even taken.
    pub(crate) fn refuse(self, refusal: AppendError) {
        let _gone = self
            .reply
            .send(Err(StoreError::from_refusal(refusal).into()));
    }
}

/// The file, as it is opened for projections when the first of them comes.
pub(crate) struct TablesFile {
    path: PathBuf,
    options: Options,
    connection: Option<Connection>,
}

impl fmt::Debug for TablesFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TablesFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl TablesFile {
    pub(crate) const fn new(path: PathBuf, options: Options) -> Self {
        Self {
            path,
            options,
            connection: None,
        }
    }

    fn transact(&mut self, commit: &mut TablesCommit<Sqlite>) -> Result<(), TablesError> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connection::writer(&self.path, &self.options).map_err(store_error)?,
        };
        let done = catch_unwind(AssertUnwindSafe(|| transact(&mut connection, commit)));
        let mut done = done.unwrap_or_else(|_panic| Err(panicked().into()));
        if !connection.is_autocommit()
            && let Err(error) = connection.execute_batch("ROLLBACK")
        {
            // Closing it takes the transaction back too.
            if done.is_ok() {
                done = Err(store_error(error).into());
            }
            return done;
        }
        self.connection = Some(connection);
        done
    }
}

/// Leaves the transaction open when something fails.
fn transact(
    connection: &mut Connection,
    commit: &mut TablesCommit<Sqlite>,
) -> Result<(), TablesError> {
    let page = &commit.page;
    let version = Version::of(&page.subscription);
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(store_error)?;
    if !pages::commit(connection, page).map_err(store_error)? {
        return Err(TablesError::Moved {
            subscription: page.subscription.clone(),
        });
    }
    if page.reset {
        version.drop_all(connection).map_err(store_error)?;
    }
    work(connection, &version, commit)?;
    if commit.publish {
        version.publish(connection).map_err(|error| {
            // A name that somebody else's table has already stays taken.
            trouble(&error).map_or_else(
                || TablesError::Work(HandlerError::permanent(error)),
                TablesError::Store,
            )
        })?;
    }
    connection.execute_batch("COMMIT").map_err(store_error)?;
    Ok(())
}

fn work(
    connection: &mut Connection,
    version: &Version,
    commit: &mut TablesCommit<Sqlite>,
) -> Result<(), TablesError> {
    let mut guarded = Guarded::new(connection, version).map_err(store_error)?;
    let mut tables = SqliteTables::new(guarded.connection(), version);
    let done = once(commit.work.perform(&mut tables));
    // What the file fails with is nobody's mistake, whatever was made of the error.
    if let Some(failure) = tables.into_failure() {
        return Err(failure.into());
    }
    done.unwrap_or_else(|| {
        Err(HandlerError::permanent(
            "it waits for something: a projection can wait for nothing inside of the transaction",
        ))
    })
    .map_err(TablesError::Work)
}
