//! The one thread that writes: it takes what waits, commits it as one transaction, and answers each by itself.

mod append;
pub(crate) mod batch;
mod documents;
mod duplicate;
pub(crate) mod erase;
pub(crate) mod pages;
mod record;
mod session;
pub(crate) mod snapshot;
pub(crate) mod tables;
mod waiting;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cqrs_core::{AppendError, Position, StoreError};
use rusqlite::Connection;
use tokio::sync::watch;

pub(crate) use self::{
    append::AppendWork,
    session::{Session, Source},
    tables::{TablesFile, TablesTask},
    waiting::{FromFailure, Waiting},
};
use crate::{
    connection::{self, WAL_LIMIT},
    numbers::position,
    queue::{Queue, Taken},
};

/// Something to write, with whoever waits for it.
pub(crate) trait Work: Send {
    /// Judges and writes inside the transaction of the batch, and keeps the answer.
    ///
    /// Called again when that transaction failed. What is wrong with the work itself is an answer; an error is one of
    /// the store, and takes the transaction back.
    fn perform(&mut self, session: &mut Session<'_>) -> Result<(), StoreError>;

    /// Answers what [`perform`](Self::perform) kept: it is committed.
    fn answer(self: Box<Self>);

    /// Answers that the store failed.
    fn fail(self: Box<Self>, failure: Failure);

    /// Answers that the work was not even taken.
    fn refuse(self: Box<Self>, refusal: AppendError);
}

/// What the writer is given to do.
pub(crate) enum Task {
    /// Work that shares a transaction with what is beside it.
    Shared(Box<dyn Work>),
    /// A page for the tables of a projection, which has a transaction of its own.
    Tables(Box<TablesTask>),
}

impl From<Box<dyn Work>> for Task {
    fn from(work: Box<dyn Work>) -> Self {
        Self::Shared(work)
    }
}

impl From<TablesTask> for Task {
    fn from(task: TablesTask) -> Self {
        Self::Tables(Box::new(task))
    }
}

impl Task {
    /// Answers that it was not even taken.
    pub(crate) fn refuse(self, refusal: AppendError) {
        match self {
            Self::Shared(work) => work.refuse(refusal),
            Self::Tables(task) => task.refuse(refusal),
        }
    }
}

/// Why work was not answered.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// It did not happen.
    NotDone(StoreError),
    /// It may have happened.
    Unknown(StoreError),
}

impl Failure {
    fn error(self) -> StoreError {
        match self {
            Self::NotDone(error) | Self::Unknown(error) => error,
        }
    }
}

/// What the thread is made of.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
    pub(crate) queue: Arc<Queue<Task>>,
    pub(crate) source: Source,
    pub(crate) head: Arc<watch::Sender<Position>>,
    pub(crate) tables: TablesFile,
}

/// How long nothing must have come before the write-ahead log is tidied.
const PAUSE: Duration = Duration::from_millis(500);
/// How long to sleep when there is nothing to tidy either.
const SLEEP: Duration = Duration::from_secs(3_600);
/// After how many batches to look at the size of the write-ahead log.
const LOOK_EVERY: u32 = 256;

impl Writer {
    /// Works until the queue is closed and empty.
    pub(crate) fn run(self) {
        let Self {
            connection,
            path,
            queue,
            source,
            head,
            mut tables,
        } = self;
        // However this ends, nobody waits for a thread that is gone.
        let _guard = Abandon(Arc::clone(&queue));
        let mut session = match Session::new(&connection, &source) {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the SQLite writer cannot start"
                );
                return;
            }
        };
        let mut wal = Wal::new(&path);
        loop {
            match queue.take(wal.patience()) {
                Taken::Batch(tasks) => {
                    let mut shared = Vec::new();
                    for task in tasks {
                        match task {
                            Task::Shared(work) => shared.push(work),
                            // In the order in which they came.
                            Task::Tables(task) => {
                                commit(&mut session, &mut shared, &head);
                                task.run(&mut tables);
                            }
                        }
                    }
                    commit(&mut session, &mut shared, &head);
                    wal.written(&connection);
                }
                Taken::Idle => wal.tidy(&connection),
                Taken::Closed => break,
            }
        }
        wal.tidy(&connection);
    }
}

/// Commits what shares a transaction, and tells everybody.
fn commit(
    session: &mut Session<'_>,
    shared: &mut Vec<Box<dyn Work>>,
    head: &watch::Sender<Position>,
) {
    if shared.is_empty() {
        return;
    }
    let mut batch = std::mem::take(shared);
    let failures = batch::commit(session, &mut batch);
    if !session.is_stale() {
        publish(head, session.head());
    }
    batch::answer(batch, failures);
}

fn publish(known: &watch::Sender<Position>, head: i64) {
    let head = position(head);
    known.send_if_modified(|known| {
        let newer = head > *known;
        if newer {
            *known = head;
        }
        newer
    });
}

struct Abandon(Arc<Queue<Task>>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Keeps the write-ahead log short.
struct Wal {
    path: PathBuf,
    written: bool,
    batches: u32,
}

impl Wal {
    fn new(path: &Path) -> Self {
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        Self {
            path: wal.into(),
            // A process that was killed leaves one behind.
            written: true,
            batches: 0,
        }
    }

    const fn patience(&self) -> Duration {
        if self.written { PAUSE } else { SLEEP }
    }

    fn written(&mut self, connection: &Connection) {
        self.written = true;
        self.batches += 1;
        if self.batches >= LOOK_EVERY {
            self.batches = 0;
            let bytes = std::fs::metadata(&self.path).map_or(0, |wal| wal.len());
            if bytes > WAL_LIMIT {
                self.tidy(connection);
                if self.written {
                    tracing::warn!(
                        bytes,
                        "a long read keeps the write-ahead log of SQLite growing"
                    );
                }
            }
        }
    }

    fn tidy(&mut self, connection: &Connection) {
        if !self.written {
            return;
        }
        match connection::truncate_wal(connection) {
            Ok(done) => self.written = !done,
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the write-ahead log of SQLite was not moved into the file"
            ),
        }
    }
}
