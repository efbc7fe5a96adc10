//! The queue of SQLite, between all who write and the thread that does it.

pub mod broken;

use std::{sync::Arc, time::Duration};

use shuttle::thread;

use crate::writer_queue::{Queue, Refusal, Taken};

/// Who sends it, and the how-manieth of that sender it is.
pub type Task = (usize, usize);

/// What the scenarios do with a queue.
pub trait Batches: Send + Sync + 'static {
    /// An empty queue that holds at most so many.
    fn holding(most: usize) -> Self;

    /// Adds a task.
    ///
    /// # Errors
    ///
    /// Why it was not taken.
    fn push(&self, task: Task) -> Result<(), NotTaken>;

    /// Waits for tasks and takes all of them; `None` when it is closed and empty.
    fn take(&self) -> Option<Vec<Task>>;

    /// Takes no more.
    fn close(&self);
}

/// Why a task was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// There are too many.
    Full,
    /// No more are taken.
    Closed,
}

/// The store's own.
#[derive(Debug)]
pub struct Real(Queue<Task>);

impl Batches for Real {
    fn holding(most: usize) -> Self {
        Self(Queue::new(most, 1_000))
    }

    fn push(&self, task: Task) -> Result<(), NotTaken> {
        let pushed = self.0.push_append(task, 1);
        pushed.map_err(|refused| match refused.reason {
            Refusal::Full { .. } => NotTaken::Full,
            Refusal::Closed => NotTaken::Closed,
        })
    }

    fn take(&self) -> Option<Vec<Task>> {
        // Time does not pass under the scheduler.
        match self.0.take(Duration::from_secs(1)) {
            Taken::Batch(batch) => Some(batch),
            Taken::Idle => Some(Vec::new()),
            Taken::Closed => None,
        }
    }

    fn close(&self) {
        self.0.close();
    }
}

const SENDERS: usize = 3;
const EACH: usize = 3;
const MOST: usize = 2;

/// Everything that is pushed is taken once, in the order of its sender, and never more waits than may.
///
/// # Panics
///
/// When it is not so.
pub fn all_is_taken_once<Q: Batches>() {
    let queue = Arc::new(Q::holding(MOST));
    let writer = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || take_all(&*queue))
    };
    let senders: Vec<_> = (0..SENDERS)
        .map(|sender| {
            let queue = Arc::clone(&queue);
            thread::spawn(move || send(&*queue, sender))
        })
        .collect();
    for sender in senders {
        sender.join().expect("no panic");
    }
    queue.close();
    let taken = writer.join().expect("no panic");
    for sender in 0..SENDERS {
        let numbers = taken.iter().filter(|(from, _)| *from == sender);
        assert!(numbers.map(|(_, number)| *number).eq(0..EACH), "{taken:?}");
    }
}

/// What is let in while the queue is closed is taken, and what is not is told so: nothing in between.
///
/// # Panics
///
/// When it is not so.
pub fn closing_loses_nothing<Q: Batches>() {
    let queue = Arc::new(Q::holding(MOST));
    let senders = [0, 1].map(|sender| {
        let queue = Arc::clone(&queue);
        thread::spawn(move || queue.push((sender, 0)).is_ok())
    });
    let writer = {
        let queue = Arc::clone(&queue);
        thread::spawn(move || take_all(&*queue))
    };
    queue.close();
    let taken = writer.join().expect("no panic");
    for (sender, pushed) in senders.into_iter().enumerate() {
        let pushed = pushed.join().expect("no panic");
        assert_eq!(taken.contains(&(sender, 0)), pushed, "{taken:?}");
    }
}

fn take_all(queue: &impl Batches) -> Vec<Task> {
    let mut taken = Vec::new();
    while let Some(batch) = queue.take() {
        assert!(batch.len() <= MOST, "more waits than may");
        taken.extend(batch);
    }
    taken
}

fn send(queue: &impl Batches, sender: usize) {
    for number in 0..EACH {
        while let Err(refusal) = queue.push((sender, number)) {
            assert_eq!(refusal, NotTaken::Full);
            thread::yield_now();
        }
    }
}
