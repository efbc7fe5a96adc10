//! What changes the tables of projections: each time a transaction of its own, on a connection of its own, so that no
//! statement of theirs meets the store's.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::Arc,
};

use cqrs_core::{
    AppendError, HandlerError, StoreError,
    store::{
        documents::PageCommit,
        leases::LocalLeases,
        tables::{TablesCommit, TablesError},
    },
};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{FromFailure as _, pages};
use crate::{
    Options, Sqlite, connection,
    error::{panicked, store_error, trouble},
    tables::{SqliteTables, once, version::Version},
};

/// A page of events for the tables of a projection, and whoever waits for it.
pub(crate) struct TablesTask {
    commit: TablesCommit<Sqlite>,
    leases: Arc<LocalLeases>,
    reply: oneshot::Sender<Result<(), TablesError>>,
}

impl TablesTask {
    pub(crate) const fn new(
        commit: TablesCommit<Sqlite>,
        leases: Arc<LocalLeases>,
        reply: oneshot::Sender<Result<(), TablesError>>,
    ) -> Self {
        Self {
            commit,
            leases,
            reply,
        }
    }

    /// Does it, and answers.
    pub(super) fn run(mut self, file: &mut TablesFile) {
        let PageCommit {
            subscription,
            checkpoint,
            ..
        } = &self.commit.page;
        let result = if self.leases.admits(subscription, checkpoint.epoch) {
            file.transact(&mut self.commit)
        } else {
            let subscription = subscription.clone();
            Err(TablesError::Moved { subscription })
        };
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
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connection::writer(&self.path, &self.options).map_err(store_error)?,
        };
        let done = catch_unwind(AssertUnwindSafe(|| transact(connection, commit)));
        let (connection, done) = done.unwrap_or_else(|_panic| (None, Err(panicked().into())));
        // One that is lost takes its transaction along.
        self.connection = connection.filter(|connection| {
            connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok()
        });
        done
    }
}

type Transacted = (Option<Connection>, Result<(), TablesError>);

/// Leaves the transaction open when something fails.
fn transact(connection: Connection, commit: &mut TablesCommit<Sqlite>) -> Transacted {
    let version = Version::of(&commit.page.subscription);
    if let Err(error) = begin(&connection, &version, &commit.page) {
        return (Some(connection), Err(error));
    }
    let (connection, done) = work(connection, version.clone(), commit);
    let done = match (&connection, done) {
        (Some(connection), Ok(())) => finish(connection, &version, commit.publish),
        (_, done) => done,
    };
    (connection, done)
}

fn begin(connection: &Connection, version: &Version, page: &PageCommit) -> Result<(), TablesError> {
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
    Ok(())
}

fn work(connection: Connection, version: Version, commit: &mut TablesCommit<Sqlite>) -> Transacted {
    let mut tables = match SqliteTables::open(connection, version) {
        Ok(tables) => tables,
        Err(error) => return (None, Err(store_error(error).into())),
    };
    let done = once(commit.work.perform(&mut tables));
    match tables.close() {
        Err(error) => (None, Err(store_error(error).into())),
        // What the file fails with is nobody's mistake, whatever was made of the error.
        Ok((connection, Some(failure))) => (Some(connection), Err(failure.into())),
        Ok((connection, None)) => {
            let done = done.unwrap_or_else(|| {
                Err(HandlerError::permanent(
                    "it waits for something: a projection can wait for nothing inside of the transaction",
                ))
            });
            (Some(connection), done.map_err(TablesError::Work))
        }
    }
}

fn finish(connection: &Connection, version: &Version, publish: bool) -> Result<(), TablesError> {
    if connection.is_autocommit() {
        // By `INSERT OR ROLLBACK`, say, whose error was passed over.
        let error = HandlerError::permanent("a statement took the transaction back");
        return Err(TablesError::Work(error));
    }
    if publish {
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
