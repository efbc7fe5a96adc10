//! The threads that read: each with a connection of its own and what it has met there.

pub(crate) mod documents;
pub(crate) mod events;

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use cqrs_core::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    error::{closed, panicked, store_error},
    interned::Texts,
};

/// A connection that reads.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    pub(crate) texts: Texts,
}

impl Reader {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            texts: Texts::default(),
        }
    }

    /// Reads from one snapshot.
    fn read<T, E: From<StoreError>>(
        &mut self,
        read: impl FnOnce(&Connection, &mut Texts) -> Result<T, E>,
    ) -> Result<T, E> {
        let snapshot = self
            .connection
            .unchecked_transaction()
            .map_err(store_error)?;
        read(&snapshot, &mut self.texts)
    }
}

/// What waits for a reader.
#[derive(Default)]
pub(crate) struct Readers {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    closed: bool,
}

type Job = Box<dyn FnOnce(&mut Reader) + Send>;

impl Readers {
    /// Reads from one snapshot on one of the threads.
    pub(crate) async fn read<T, E>(
        &self,
        read: impl FnOnce(&Connection, &mut Texts) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.push(Box::new(move |reader| {
            // Whoever asked may be gone, even before the work was begun.
            if !reply.is_closed() {
                // One thread serves many: a panic is the end of one read only.
                let result = catch_unwind(AssertUnwindSafe(|| reader.read(read)));
                let _gone = reply.send(result.unwrap_or_else(|_panic| Err(panicked().into())));
            }
        }));
        // A job that is thrown away takes its channel along.
        answer.await.unwrap_or_else(|_thrown| Err(closed().into()))
    }

    /// Works until there is nothing left to read and nothing will come.
    pub(crate) fn run(self: Arc<Self>, mut reader: Reader) {
        while let Some(job) = self.take() {
            job(&mut reader);
        }
    }

    /// Takes no more; what waits is still read.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    fn push(&self, job: Job) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.waiting.push_back(job);
        drop(state);
        self.filled.notify_one();
    }

    fn take(&self) -> Option<Job> {
        let mut state = self
            .filled
            .wait_while(self.lock(), |state| {
                state.waiting.is_empty() && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.waiting.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers")
            .field("waiting", &self.lock().waiting.len())
            .finish_non_exhaustive()
    }
}
