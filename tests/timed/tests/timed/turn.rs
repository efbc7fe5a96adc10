//! One test at a time.

use tokio::sync::{Mutex, MutexGuard};

static TURN: Mutex<()> = Mutex::const_new(());

/// Waits until no other test runs.
pub(crate) async fn alone() -> MutexGuard<'static, ()> {
    TURN.lock().await
}

/// As [`alone`], for a test without a runtime.
pub(crate) fn alone_blocking() -> MutexGuard<'static, ()> {
    TURN.blocking_lock()
}
