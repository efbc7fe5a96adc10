//! The handle.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
    thread::{self, JoinHandle},
};

use cqrs_core::{
    AppendError, Position, StoreError,
    store::{Identity, Limits, error::StoreErrorKind, leases::LocalLeases},
};
use tokio::sync::{oneshot, watch};

use crate::{
    OpenError, Options,
    error::closed,
    lock::Lock,
    queue::{Queue, Refusal, Refused},
    reader::Readers,
    writer::{FromFailure, Session, Task, Waiting, Work},
};

/// The embedded store: one SQLite file.
///
/// A clone is another handle on the same open store. The file is let go of when the last handle is dropped, or any of
/// them is [closed](cqrs_core::EventStore::close); what was submitted before is finished first.
#[derive(Clone)]
pub struct Sqlite {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    pub(crate) identity: Identity,
    pub(crate) limits: Limits,
    pub(crate) queue: Arc<Queue<Task>>,
    pub(crate) readers: Arc<Readers>,
    pub(crate) head: Arc<watch::Sender<Position>>,
    /// Nobody but this process has the file.
    pub(crate) leases: Arc<LocalLeases>,
    pub(crate) tenancy: Weak<Tenancy>,
    pub(crate) vacated: watch::Receiver<bool>,
    pub(crate) threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What the threads hold together: the file is let go of when the last of them has ended.
#[derive(Debug)]
pub(crate) struct Tenancy {
    pub(crate) lock: Option<Lock>,
    pub(crate) vacated: watch::Sender<bool>,
}

impl Drop for Tenancy {
    fn drop(&mut self) {
        drop(self.lock.take());
        self.vacated.send_replace(true);
    }
}

impl Sqlite {
    /// Opens the store in this file, and makes it if it is not there.
    ///
    /// # Errors
    ///
    /// See [`OpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options().open(path)
    }

    /// How to open a store otherwise than by default.
    pub fn options() -> Options {
        Options::default()
    }

    /// Where the file is: the path without symbolic links.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Lets the writer do something, and waits for the answer. It is done even when nobody waits any more.
    pub(crate) async fn write<T, E>(
        &self,
        perform: impl FnMut(&mut Session<'_>) -> Result<Result<T, E>, StoreError> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: FromFailure + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.push(Waiting::boxed(perform, reply));
        // Work that is thrown away takes its channel along; whether it was done, nobody knows.
        answer
            .await
            .unwrap_or_else(|_gone| Err(E::from_failure(crate::writer::Failure::Unknown(closed()))))
    }

    /// Gives something else than an append to the writer.
    pub(crate) fn push(&self, task: impl Into<Task>) {
        if let Err(refused) = self.inner.queue.push(task.into()) {
            refuse(refused);
        }
    }

    /// Gives an append to the writer, or answers that there is too much to do.
    pub(crate) fn push_append(&self, work: Box<dyn Work>, bytes: usize) {
        if let Err(refused) = self.inner.queue.push_append(work.into(), bytes) {
            refuse(refused);
        }
    }

    /// Does something that may take long on a thread of its own, which keeps the store open.
    pub(crate) async fn apart<T: Send + 'static>(
        &self,
        task: impl FnOnce(&Path) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let tenancy = self.inner.tenancy.upgrade().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        let path = self.inner.path.clone();
        thread::Builder::new()
            .name("cqrs-sqlite-apart".to_owned())
            .spawn(move || {
                let result = task(&path);
                drop(tenancy);
                let _gone = reply.send(result);
            })
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Other, "no thread could be started").because(error)
            })?;
        answer.await.unwrap_or_else(|_gone| Err(closed()))
    }

    /// Takes nothing more, and waits until the file is let go of.
    pub(crate) async fn vacate(&self) -> Result<(), StoreError> {
        self.inner.stop();
        let mut vacated = self.inner.vacated.clone();
        // The sender sends before it goes.
        let _sender_is_gone = vacated.wait_for(|vacated| *vacated).await;
        Ok(())
    }
}

fn refuse(refused: Refused<Task>) {
    refused.task.refuse(match refused.reason {
        Refusal::Closed => AppendError::Store(closed()),
        Refusal::Full { waiting } => AppendError::Overloaded { waiting },
    });
}

impl Inner {
    fn stop(&self) {
        self.queue.close();
        self.readers.close();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.stop();
        let threads = self.threads.get_mut();
        for thread in threads.unwrap_or_else(PoisonError::into_inner).drain(..) {
            // The last handle may go with an answer, on one of these threads: it cannot wait for itself.
            if thread.thread().id() != thread::current().id() {
                let _panicked = thread.join();
            }
        }
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite")
            .field("path", &self.inner.path)
            .field("head", &*self.inner.head.borrow())
            .finish_non_exhaustive()
    }
}
