//! What waits for the committer: bounded, in order.

use std::{collections::VecDeque, fmt, time::Instant};

use cqrs_core::{Append, AppendError, store::append::Reply};

use crate::{
    error::closed,
    sync::{Mutex, MutexGuard, Notify, PoisonError},
};

/// Appends for the committer.
pub(crate) struct Queue {
    state: Mutex<State>,
    filled: Notify,
    most: usize,
    most_bytes: usize,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    /// Those that the committer has taken but not sent count too.
    appends: usize,
    bytes: usize,
    closed: bool,
}

/// An append that fits the limits, with whoever waits for it.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) append: Append,
    pub(crate) reply: Reply,
    pub(crate) bytes: usize,
    pub(crate) since: Instant,
}

impl Queue {
    /// An empty queue that holds at most this many appends with at most this many bytes.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self {
            state: Mutex::default(),
            filled: Notify::new(),
            most,
            most_bytes,
        }
    }

    /// Adds an append, or answers that there are too many already.
    pub(crate) fn push(&self, append: Append, reply: Reply) {
        let bytes = append.bytes();
        match self.admit(bytes) {
            Ok(mut state) => {
                state.waiting.push_back(Waiting {
                    append,
                    reply,
                    bytes,
                    since: Instant::now(),
                });
                // The committer takes everything at once, so only the first has to wake it.
                let first = state.waiting.len() == 1;
                drop(state);
                if first {
                    self.filled.notify_one();
                }
            }
            // Outside of the lock: the answer runs somebody's code.
            Err(refusal) => reply.send(Err(refusal)),
        }
    }

    fn admit(&self, bytes: usize) -> Result<MutexGuard<'_, State>, AppendError> {
        let mut state = self.lock();
        if state.closed {
            return Err(AppendError::Store(closed()));
        }
        // One that is larger than the bound by itself is let in when nothing else waits.
        if state.appends >= self.most
            || (state.appends > 0 && state.bytes.saturating_add(bytes) > self.most_bytes)
        {
            return Err(AppendError::Overloaded {
                waiting: state.appends,
            });
        }
        state.appends += 1;
        state.bytes = state.bytes.saturating_add(bytes);
        Ok(state)
    }

    /// Moves all that waits to `backlog`; waits for something when that is empty. Answers whether there is anything left
    /// to do.
    pub(crate) async fn take(&self, backlog: &mut VecDeque<Waiting>) -> bool {
        loop {
            {
                let mut state = self.lock();
                backlog.append(&mut state.waiting);
                if !backlog.is_empty() {
                    return true;
                }
                if state.closed {
                    return false;
                }
            }
            self.filled.notified().await;
        }
    }

    /// What the committer sends no longer waits.
    pub(crate) fn sent(&self, batch: &[Waiting]) {
        let bytes: usize = batch.iter().map(|waiting| waiting.bytes).sum();
        let mut state = self.lock();
        state.appends = state.appends.saturating_sub(batch.len());
        state.bytes = state.bytes.saturating_sub(bytes);
    }

    /// Takes no more; what waits is still done.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// Takes no more, and throws away what waits, for a committer that is gone.
    pub(crate) fn abandon(&self) {
        let abandoned = {
            let mut state = self.lock();
            state.closed = true;
            std::mem::take(&mut state.waiting)
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
            .field("waiting", &self.lock().appends)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use bytes::Bytes;
    use cqrs_core::{EventId, Expected, Metadata, NewEvent, StreamId};
    use uuid::Uuid;

    use super::*;

    fn push(queue: &Queue, bytes: usize) -> Option<AppendError> {
        let (sender, receiver) = mpsc::channel();
        let reply = Reply::new(move |answer| {
            let _gone = sender.send(answer);
        });
        let event = NewEvent {
            id: EventId::new(Uuid::now_v7()),
            name: "Paid".into(),
            version: 1,
            payload: Bytes::from(vec![b' '; bytes]),
            tags: Vec::new(),
            metadata: Metadata::new(),
        };
        let stream = StreamId::new("Account", "a").expect("an id");
        queue.push(Append::new().stream(stream, Expected::Any, [event]), reply);
        receiver.try_recv().ok().and_then(Result::err)
    }

    #[tokio::test]
    async fn appends_are_bounded_by_number_and_bytes_until_they_are_sent() {
        let queue = Queue::new(3, 100);
        let mut backlog = VecDeque::new();
        assert!(
            push(&queue, 1_000).is_none(),
            "one is let in, however large"
        );
        assert!(matches!(
            push(&queue, 1),
            Some(AppendError::Overloaded { waiting: 1 })
        ));
        assert!(queue.take(&mut backlog).await);
        assert!(push(&queue, 1).is_some(), "it waits until it is sent");
        queue.sent(backlog.make_contiguous());
        backlog.clear();

        for _ in 0..3 {
            assert!(push(&queue, 10).is_none());
        }
        assert!(matches!(
            push(&queue, 1),
            Some(AppendError::Overloaded { waiting: 3 })
        ));
    }

    #[tokio::test]
    async fn what_waits_is_done_after_closing_and_nothing_more_is_taken() {
        let queue = Queue::new(3, 100);
        let mut backlog = VecDeque::new();
        assert!(push(&queue, 1).is_none());
        queue.close();

        assert!(matches!(push(&queue, 1), Some(AppendError::Store(_))));
        assert!(queue.take(&mut backlog).await);
        assert_eq!(backlog.len(), 1);
        backlog.clear();
        assert!(!queue.take(&mut backlog).await);
    }
}
