//! What the queue is locked and woken with, named in one place so that tests can put a scheduler's own there.

pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
