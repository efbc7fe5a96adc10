//! One aggregate in use: who waits for it, and its state while nobody does.

use std::{
    collections::{HashSet, VecDeque},
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{job::Job, live::Live};
use crate::{Aggregate, StreamId};

/// One aggregate in use.
pub(super) struct Slot<A: Aggregate> {
    pub(super) id: A::Id,
    pub(super) stream: StreamId,
    queue: Mutex<Queue<A>>,
}

struct Queue<A: Aggregate> {
    jobs: VecDeque<Box<dyn Job<A>>>,
    /// There is a driver: it has the state.
    driven: bool,
    state: Option<Live<A>>,
}

/// What who has put in a job must do.
pub(super) enum Enqueued {
    /// Start the driver.
    First,
    /// Nothing: the driver will see it.
    Behind,
}

/// The queue has no place.
pub(super) struct Full;

impl<A: Aggregate> Slot<A> {
    pub(super) const fn new(id: A::Id, stream: StreamId) -> Self {
        let queue = Queue {
            jobs: VecDeque::new(),
            driven: false,
            state: None,
        };
        Self {
            id,
            stream,
            queue: Mutex::new(queue),
        }
    }

    pub(super) fn enqueue(&self, job: Box<dyn Job<A>>, limit: usize) -> Result<Enqueued, Full> {
        let mut queue = self.queue();
        if queue.jobs.len() >= limit {
            return Err(Full);
        }
        queue.jobs.push_back(job);
        Ok(if mem::replace(&mut queue.driven, true) {
            Enqueued::Behind
        } else {
            Enqueued::First
        })
    }

    /// The state as the last driver left it.
    pub(super) fn take_state(&self) -> Option<Live<A>> {
        self.queue().state.take()
    }

    /// The jobs that wait, at most `limit`, up to one that repeats the command of an earlier one: that must see what
    /// became of the first. When there are none, the end of the driver, which leaves its state.
    pub(super) fn next_round(
        &self,
        limit: usize,
        state: &mut Option<Live<A>>,
    ) -> Option<Vec<Box<dyn Job<A>>>> {
        let mut queue = self.queue();
        if queue.jobs.is_empty() {
            queue.driven = false;
            queue.state = state.take();
            return None;
        }
        let mut ids = HashSet::new();
        let mut is_new = |job: &dyn Job<A>| !job.is_repeatable() || ids.insert(job.command_id());
        let count = queue
            .jobs
            .iter()
            .take(limit)
            .take_while(|job| is_new(&***job))
            .count();
        Some(queue.jobs.drain(..count).collect())
    }

    /// The driver is gone before its end: whoever waits is let go, and the next starts anew.
    pub(super) fn abandon(&self) {
        let abandoned = {
            let mut queue = self.queue();
            queue.driven = false;
            queue.state = None;
            mem::take(&mut queue.jobs)
        };
        drop(abandoned);
    }

    fn queue(&self) -> MutexGuard<'_, Queue<A>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
