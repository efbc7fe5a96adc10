//! The queue of PostgreSQL, between all who append and the task that sends it.

pub mod broken;

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventId, Expected, Metadata, NewEvent, Position, Revision,
    StreamId, store::append::Reply,
};
use shuttle::{future, thread};
use uuid::Uuid;

use crate::committer_queue::Queue;

/// What the scenarios do with a queue.
pub trait Requests: Send + Sync + 'static {
    /// An empty queue that holds at most so many.
    fn holding(most: usize) -> Self;

    /// Adds an append, or answers why not.
    fn push(&self, append: Append, reply: Reply);

    /// Waits for appends and sends all of them, which leaves who waits for an answer; `None` when it is closed and
    /// empty.
    fn send(&self) -> impl Future<Output = Option<Vec<Reply>>> + Send;

    /// Takes no more.
    fn close(&self);
}

/// The store's own.
#[derive(Debug)]
pub struct Real(Queue);

impl Requests for Real {
    fn holding(most: usize) -> Self {
        Self(Queue::new(most, 1_000))
    }

    fn push(&self, append: Append, reply: Reply) {
        self.0.push(append, reply);
    }

    async fn send(&self) -> Option<Vec<Reply>> {
        let mut backlog = VecDeque::new();
        if !self.0.take(&mut backlog).await {
            return None;
        }
        self.0.sent(backlog.make_contiguous());
        Some(backlog.into_iter().map(|waiting| waiting.reply).collect())
    }

    fn close(&self) {
        self.0.close();
    }
}

const SENDERS: usize = 3;
const EACH: usize = 2;
const MOST: usize = 2;

/// Everybody is answered once: told that it is stored, or that there is too much.
///
/// # Panics
///
/// When it is not so.
pub fn everybody_is_answered_once<Q: Requests>() {
    let queue = Arc::new(Q::holding(MOST));
    let stored = Arc::new(AtomicUsize::new(0));
    let task = {
        let queue = Arc::clone(&queue);
        future::spawn(async move { commit_all(&*queue).await })
    };
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (queue, stored) = (Arc::clone(&queue), Arc::clone(&stored));
            thread::spawn(move || {
                for _ in 0..EACH {
                    send(&*queue);
                    stored.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    for sender in senders {
        sender.join().expect("no panic");
    }
    queue.close();
    let committed = future::block_on(task).expect("no panic");
    assert_eq!(committed, stored.load(Ordering::SeqCst));
}

/// Whoever appends while the queue is closed is answered all the same: it is stored, or it is told so.
///
/// # Panics
///
/// When it is not so.
pub fn closing_answers_everybody<Q: Requests>() {
    let queue = Arc::new(Q::holding(MOST));
    let task = {
        let queue = Arc::clone(&queue);
        future::spawn(async move { commit_all(&*queue).await })
    };
    let senders = [0, 1].map(|_| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || {
            let (reply, answer) = Reply::channel();
            queue.push(append(), reply);
            match future::block_on(answer) {
                Ok(_) => 1,
                Err(AppendError::Store(_)) => 0,
                Err(error) => panic!("it was told {error}"),
            }
        })
    });
    queue.close();
    let stored: usize = senders
        .map(|sender| sender.join().expect("no panic"))
        .iter()
        .sum();
    let committed = future::block_on(task).expect("no panic");
    assert_eq!(committed, stored);
}

/// Sends until it is stored.
fn send(queue: &impl Requests) {
    loop {
        let (reply, answer) = Reply::channel();
        queue.push(append(), reply);
        match future::block_on(answer) {
            Ok(_) => return,
            Err(AppendError::Overloaded { waiting }) => {
                assert!(waiting <= MOST, "more waits than may");
                thread::yield_now();
            }
            Err(error) => panic!("it was told {error}"),
        }
    }
}

async fn commit_all(queue: &impl Requests) -> usize {
    let mut committed = 0;
    while let Some(replies) = queue.send().await {
        // The round trip.
        future::yield_now().await;
        for reply in replies {
            committed += 1;
            reply.send(Ok(Appended {
                position: Position::new(1),
                revisions: vec![Revision::new(1)],
                recorded_at: SystemTime::UNIX_EPOCH,
                duplicate: false,
            }));
        }
    }
    committed
}

fn append() -> Append {
    let event = NewEvent {
        id: EventId::new(Uuid::from_u128(1)),
        name: "Sent".into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    };
    let stream = StreamId::new("Schedule", "one").expect("it is short");
    Append::new().stream(stream, Expected::Any, [event])
}
