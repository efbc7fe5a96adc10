//! What the queues are locked and woken with, under the scheduler.

pub(crate) use std::sync::PoisonError;

pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard};
use shuttle::{future, thread};

/// That of tokio, of which the scheduler knows nothing, with others having a turn before each call.
#[derive(Debug, Default)]
pub(crate) struct Notify(tokio::sync::Notify);

impl Notify {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn notify_one(&self) {
        thread::yield_now();
        self.0.notify_one();
    }

    pub(crate) fn notify_waiters(&self) {
        thread::yield_now();
        self.0.notify_waiters();
    }

    pub(crate) async fn notified(&self) {
        future::yield_now().await;
        self.0.notified().await;
    }
}
