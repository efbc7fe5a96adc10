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
    pub(crate) queue: Arc<Queue>,
    pub(crate) source: Source,
    pub(crate) head: Arc<watch::Sender<Position>>,
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
        // However this ends, nobody waits for a thread that is gone.
        let _guard = Abandon(Arc::clone(&self.queue));
        let mut session = match Session::new(&self.connection, &self.source) {
            Ok(session) => session,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the SQLite writer cannot start"
                );
                return;
            }
        };
        let mut wal = Wal::new(&self.path);
        loop {
            match self.queue.take(wal.patience()) {
                Taken::Batch(mut batch) => {
                    let failures = batch::commit(&mut session, &mut batch);
                    if !session.is_stale() {
                        self.publish(session.head());
                    }
                    batch::answer(batch, failures);
                    wal.written(&self.connection);
                }
                Taken::Idle => wal.tidy(&self.connection),
                Taken::Closed => break,
            }
        }
        wal.tidy(&self.connection);
    }

    fn publish(&self, head: i64) {
        let head = position(head);
        self.head.send_if_modified(|known| {
            let newer = head > *known;
            if newer {
                *known = head;
            }
            newer
        });
    }
}

struct Abandon(Arc<Queue>);

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
