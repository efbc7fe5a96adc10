//! Queues with a race in them.

use cqrs_core::{Append, AppendError, store::append::Reply};
use shuttle::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering},
};

use super::Requests;
use crate::{error::closed, sync::Notify};

/// It wakes who waits now, and not who is about to: what comes in between wakes nobody.
#[derive(Debug, Default)]
pub struct WakesOnlyWhoWaits {
    waiting: Mutex<(Vec<Reply>, bool)>,
    filled: Notify,
}

impl Requests for WakesOnlyWhoWaits {
    fn holding(_: usize) -> Self {
        Self::default()
    }

    fn push(&self, _: Append, reply: Reply) {
        self.waiting.lock().expect("no panic").0.push(reply);
        self.filled.notify_waiters();
    }

    async fn send(&self) -> Option<Vec<Reply>> {
        loop {
            {
                let mut state = self.waiting.lock().expect("no panic");
                if !state.0.is_empty() || state.1 {
                    let batch = std::mem::take(&mut state.0);
                    return (!batch.is_empty()).then_some(batch);
                }
            }
            self.filled.notified().await;
        }
    }

    fn close(&self) {
        self.waiting.lock().expect("no panic").1 = true;
        // One that is kept, so that only what this is about is wrong.
        self.filled.notify_one();
    }
}

/// Whether it is closed is not under its lock: who comes in between is never answered.
#[derive(Debug, Default)]
pub struct ClosesBesideItsLock {
    waiting: Mutex<Vec<Reply>>,
    filled: Notify,
    closed: AtomicBool,
}

impl Requests for ClosesBesideItsLock {
    fn holding(_: usize) -> Self {
        Self::default()
    }

    fn push(&self, _: Append, reply: Reply) {
        if self.closed.load(Ordering::SeqCst) {
            return reply.send(Err(AppendError::Store(closed())));
        }
        self.waiting.lock().expect("no panic").push(reply);
        self.filled.notify_one();
    }

    async fn send(&self) -> Option<Vec<Reply>> {
        loop {
            let batch = std::mem::take(&mut *self.waiting.lock().expect("no panic"));
            if !batch.is_empty() {
                return Some(batch);
            }
            if self.closed.load(Ordering::SeqCst) {
                return None;
            }
            self.filled.notified().await;
        }
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.filled.notify_one();
    }
}
