//! What waits for the writer: bounded, in order, taken all at once.

use std::{fmt, mem, time::Duration};

use crate::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Tasks for the writer, and what of them has to be counted.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    most: usize,
    most_bytes: usize,
}

struct State<T> {
    waiting: Vec<T>,
    /// What of it came from outside, and is bounded: the framework's own work is bounded by itself.
    appends: usize,
    bytes: usize,
    closed: bool,
}

/// A task that was not taken, and why.
pub(crate) struct Refused<T> {
    pub(crate) task: T,
    pub(crate) reason: Refusal,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Closed,
    Full { waiting: usize },
}

/// What the writer has to do next.
pub(crate) enum Taken<T> {
    /// All that was waiting.
    Batch(Vec<T>),
    /// Nothing came in time.
    Idle,
    /// Nothing is left, and nothing will come.
    Closed,
}

impl<T> Queue<T> {
    /// An empty queue that holds at most this many appends with at most this many bytes.
    pub(crate) const fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: Vec::new(),
                appends: 0,
                bytes: 0,
                closed: false,
            }),
            filled: Condvar::new(),
            most,
            most_bytes,
        }
    }

    /// Adds an append, unless there are too many already.
    pub(crate) fn push_append(&self, task: T, bytes: usize) -> Result<(), Refused<T>> {
        let mut state = self.lock();
        // One that is larger than the bound by itself is let in when nothing else waits.
        let full = state.appends >= self.most
            || (state.appends > 0 && state.bytes.saturating_add(bytes) > self.most_bytes);
        if full && !state.closed {
            let waiting = state.appends;
            return Err(Refused {
                task,
                reason: Refusal::Full { waiting },
            });
        }
        state.appends += 1;
        state.bytes = state.bytes.saturating_add(bytes);
        self.push_to(state, task)
    }

    /// Adds another task.
    pub(crate) fn push(&self, task: T) -> Result<(), Refused<T>> {
        self.push_to(self.lock(), task)
    }

    fn push_to(&self, mut state: MutexGuard<'_, State<T>>, task: T) -> Result<(), Refused<T>> {
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
    pub(crate) fn take(&self, patience: Duration) -> Taken<T> {
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

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Queue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("waiting", &self.lock().waiting.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Task;

    fn push(queue: &Queue<Task>, bytes: usize) -> Option<Refusal> {
        let refused = queue.push_append(Task, bytes).err();
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
        assert!(queue.push(Task).is_ok(), "our own work is not counted");
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
