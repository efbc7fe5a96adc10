//! What the queue is locked and woken with, named in one place so that tests can put a scheduler's own there.

pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use tokio::sync::Notify;
