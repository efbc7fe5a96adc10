//! What waits for the writer: bounded, in order, taken all at once.

use std::{
    fmt, mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::writer::{Task, Work};

/// Work for the writer, and what of it has to be counted.
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    most: usize,
    most_bytes: usize,
}

#[derive(Default)]
struct State {
    waiting: Vec<Task>,
    /// What of it came from outside, and is bounded: the framework's own work is bounded by itself.
    appends: usize,
    bytes: usize,
    closed: bool,
}

/// Work that was not taken, and why.
pub(crate) struct Refused {
    pub(crate) task: Task,
    pub(crate) reason: Refusal,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Closed,
    Full { waiting: usize },
}

/// What the writer has to do next.
pub(crate) enum Taken {
    /// All that was waiting.
    Batch(Vec<Task>),
    /// Nothing came in time.
    Idle,
    /// Nothing is left, and nothing will come.
    Closed,
}

impl Queue {
    /// An empty queue that holds at most this many appends with at most this many bytes.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            most,
            most_bytes,
        }
    }

    /// Adds an append, unless there are too many already.
    pub(crate) fn push_append(&self, work: Box<dyn Work>, bytes: usize) -> Result<(), Refused> {
        let mut state = self.lock();
        // One that is larger than the bound by itself is let in when nothing else waits.
        let full = state.appends >= self.most
            || (state.appends > 0 && state.bytes.saturating_add(bytes) > self.most_bytes);
        if full && !state.closed {
            let waiting = state.appends;
            return Err(Refused {
                task: work.into(),
                reason: Refusal::Full { waiting },
            });
        }
        state.appends += 1;
        state.bytes = state.bytes.saturating_add(bytes);
        self.push_to(state, work.into())
    }

    /// Adds other work.
    pub(crate) fn push(&self, task: Task) -> Result<(), Refused> {
        self.push_to(self.lock(), task)
    }

    fn push_to(&self, mut state: MutexGuard<'_, State>, task: Task) -> Result<(), Refused> {
        if state.closed {
            return Err(Refused {
                task,
                reason: Refusal::Closed,
            });
        }
        state.waiting.push(task);
        // The writer takes everything at once, so only the first has to wake it.
        let first = state.waiting.len() == 1;
        drop(state);
        if first {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for work and takes all there is.
    pub(crate) fn take(&self, patience: Duration) -> Taken {
        let (mut state, _timeout) = self
            .filled
            .wait_timeout_while(self.lock(), patience, |state| {
                state.waiting.is_empty() && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner);
        if !state.waiting.is_empty() {
            state.appends = 0;
            state.bytes = 0;
            Taken::Batch(mem::take(&mut state.waiting))
        } else if state.closed {
            Taken::Closed
        } else {
            Taken::Idle
        }
    }

    /// Takes no more; what waits is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    /// Takes no more, and throws away what waits, for a writer that is gone.
    pub(crate) fn abandon(&self) {
        let abandoned = {
            let mut state = self.lock();
            state.closed = true;
            mem::take(&mut state.waiting)
        };
        // Outside of the lock: dropped work answers.
        drop(abandoned);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("waiting", &self.lock().waiting.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use cqrs_core::{AppendError, StoreError};

    use super::*;
    use crate::writer::{Failure, Session};

    struct Nothing;

    impl Work for Nothing {
        fn perform(&mut self, _session: &mut Session<'_>) -> Result<(), StoreError> {
            Ok(())
        }

        fn answer(self: Box<Self>) {}

        fn fail(self: Box<Self>, _failure: Failure) {}

        fn refuse(self: Box<Self>, _refusal: AppendError) {}
    }

    fn push(queue: &Queue, bytes: usize) -> Option<Refusal> {
        let refused = queue.push_append(Box::new(Nothing), bytes).err();
        refused.map(|refused| refused.reason)
    }

    #[test]
    fn appends_are_bounded_by_number_and_bytes_until_they_are_taken() {
        let queue = Queue::new(3, 100);
        assert!(
            push(&queue, 1_000).is_none(),
            "one is let in, however large"
        );
        assert!(matches!(
            push(&queue, 1),
            Some(Refusal::Full { waiting: 1 })
        ));
        assert!(matches!(queue.take(Duration::ZERO), Taken::Batch(batch) if batch.len() == 1));

        for _ in 0..3 {
            assert!(push(&queue, 10).is_none());
        }
        assert!(matches!(
            push(&queue, 1),
            Some(Refusal::Full { waiting: 3 })
        ));
        assert!(
            queue.push(Task::Shared(Box::new(Nothing))).is_ok(),
            "our own work is not counted"
        );
        assert!(matches!(queue.take(Duration::ZERO), Taken::Batch(batch) if batch.len() == 4));
        assert!(push(&queue, 100).is_none());
    }

    #[test]
    fn what_waits_is_done_after_closing_and_nothing_more_is_taken() {
        let queue = Queue::new(3, 100);
        assert!(matches!(queue.take(Duration::ZERO), Taken::Idle));
        assert!(push(&queue, 1).is_none());
        queue.close();

        assert!(matches!(push(&queue, 1), Some(Refusal::Closed)));
        assert!(matches!(queue.take(Duration::ZERO), Taken::Batch(batch) if batch.len() == 1));
        assert!(matches!(queue.take(Duration::ZERO), Taken::Closed));
    }
}
