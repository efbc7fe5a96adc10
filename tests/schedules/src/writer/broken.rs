//! Queues with a race in them.

use shuttle::sync::{
    Condvar, Mutex, MutexGuard,
    atomic::{AtomicBool, Ordering},
};

use super::{Batches, NotTaken, Task};

/// It looks whether it is empty, and waits, under two locks: what comes in between wakes nobody.
#[derive(Debug)]
pub struct LooksBeforeItWaits {
    waiting: Mutex<(Vec<Task>, bool)>,
    filled: Condvar,
    most: usize,
}

impl LooksBeforeItWaits {
    fn lock(&self) -> MutexGuard<'_, (Vec<Task>, bool)> {
        self.waiting.lock().expect("no panic")
    }
}

impl Batches for LooksBeforeItWaits {
    fn holding(most: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            filled: Condvar::new(),
            most,
        }
    }

    fn push(&self, task: Task) -> Result<(), NotTaken> {
        let mut state = self.lock();
        if state.1 {
            return Err(NotTaken::Closed);
        }
        if state.0.len() >= self.most {
            return Err(NotTaken::Full);
        }
        state.0.push(task);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<Vec<Task>> {
        let nothing = {
            let state = self.lock();
            state.0.is_empty() && !state.1
        };
        let mut state = self.lock();
        if nothing {
            state = self.filled.wait(state).expect("no panic");
        }
        let batch = std::mem::take(&mut state.0);
        (!batch.is_empty() || !state.1).then_some(batch)
    }

    fn close(&self) {
        self.lock().1 = true;
        self.filled.notify_all();
    }
}

/// Whether it is closed is not under its lock: what is pushed in between is never taken.
#[derive(Debug)]
pub struct ClosesBesideItsLock {
    waiting: Mutex<Vec<Task>>,
    filled: Condvar,
    closed: AtomicBool,
}

impl Batches for ClosesBesideItsLock {
    fn holding(_: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            filled: Condvar::new(),
            closed: AtomicBool::new(false),
        }
    }

    fn push(&self, task: Task) -> Result<(), NotTaken> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(NotTaken::Closed);
        }
        self.waiting.lock().expect("no panic").push(task);
        self.filled.notify_one();
        Ok(())
    }

    fn take(&self) -> Option<Vec<Task>> {
        let waiting = self.waiting.lock().expect("no panic");
        let idle =
            |waiting: &mut Vec<Task>| waiting.is_empty() && !self.closed.load(Ordering::SeqCst);
        let mut waiting = self.filled.wait_while(waiting, idle).expect("no panic");
        let batch = std::mem::take(&mut *waiting);
        (!batch.is_empty()).then_some(batch)
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        // Under the lock, so that only what this is about is wrong.
        drop(self.waiting.lock().expect("no panic"));
        self.filled.notify_all();
    }
}
