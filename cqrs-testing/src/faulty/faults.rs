//! What is wrong with a store at the moment.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use tokio::sync::oneshot;

/// Tells a [`FaultyStore`](super::FaultyStore) how to fail. Clones tell the same store.
///
/// Faults that are counted wear off; the others stay until they are taken back.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    failing_appends: usize,
    lost_acknowledgements: usize,
    failing_reads: usize,
    failing_commits: usize,
    lost_commits: usize,
    disconnected: bool,
    delay: Duration,
    /// Done when the append that was delayed last was handed on, so that delayed appends keep their order.
    last_delayed: Option<oneshot::Receiver<()>>,
}

/// What becomes of an append.
#[derive(Debug)]
pub(super) enum AppendFault {
    None,
    /// It does not happen, and the answer says so.
    Fails(StoreError),
    /// It happens, and the answer does not say so.
    Lost(StoreError),
}

/// When an append that is delayed is handed on.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) delay: Duration,
    pub(super) after: Option<oneshot::Receiver<()>>,
    pub(super) done: oneshot::Sender<()>,
}

impl Faults {
    /// The next appends and erasures fail: nothing is stored, and the answer says so.
    pub fn fail_appends(&self, count: usize) {
        self.state().failing_appends = count;
    }

    /// The next appends happen, but the answer is [`AppendError::Unknown`](cqrs_core::AppendError::Unknown).
    pub fn lose_acknowledgements(&self, count: usize) {
        self.state().lost_acknowledgements = count;
    }

    /// The next reads of events, snapshots, documents and checkpoints fail.
    pub fn fail_reads(&self, count: usize) {
        self.state().failing_reads = count;
    }

    /// The next commits of views fail: nothing is stored.
    pub fn fail_commits(&self, count: usize) {
        self.state().failing_commits = count;
    }

    /// The next commits of views happen, but the answer is an error.
    pub fn lose_commits(&self, count: usize) {
        self.state().lost_commits = count;
    }

    /// Everything fails until [`reconnect`](Self::reconnect). Delayed appends that were not handed on yet get no certain
    /// answer.
    pub fn disconnect(&self) {
        self.state().disconnected = true;
    }

    /// The connection is back.
    pub fn reconnect(&self) {
        self.state().disconnected = false;
    }

    /// From now on everything takes this much longer, by tokio's clock, which a test can pause. Appends keep their order.
    pub fn delay(&self, delay: Duration) {
        self.state().delay = delay;
    }

    /// Nothing is wrong any more.
    pub fn heal(&self) {
        let mut state = self.state();
        *state = State {
            last_delayed: state.last_delayed.take(),
            ..State::default()
        };
    }

    pub(super) fn append(&self) -> AppendFault {
        let mut state = self.state();
        if let Err(error) = state.connection() {
            return AppendFault::Fails(error);
        }
        if take(&mut state.failing_appends) {
            return AppendFault::Fails(unavailable("the append was made to fail"));
        }
        if take(&mut state.lost_acknowledgements) {
            return AppendFault::Lost(unavailable("the acknowledgement was made to be lost"));
        }
        AppendFault::None
    }

    /// When an append must wait: for the delay, or for one that waits already.
    pub(super) fn turn(&self) -> Option<Turn> {
        let mut state = self.state();
        let after = state
            .last_delayed
            .take_if(|last| last.is_empty() && !last.is_terminated());
        if state.delay.is_zero() && after.is_none() {
            return None;
        }
        let (done, next) = oneshot::channel();
        state.last_delayed = Some(next);
        Some(Turn {
            delay: state.delay,
            after,
            done,
        })
    }

    /// Waits as long as a read or commit is to be delayed, and fails it if it is to fail.
    pub(super) async fn read(&self) -> Result<(), StoreError> {
        self.pause().await;
        let mut state = self.state();
        state.connection()?;
        if take(&mut state.failing_reads) {
            return Err(unavailable("the read was made to fail"));
        }
        Ok(())
    }

    /// Waits as for a read; answers whether the acknowledgement of the commit is lost.
    pub(super) async fn commit(&self) -> Result<Option<StoreError>, StoreError> {
        self.pause().await;
        let mut state = self.state();
        state.connection()?;
        if take(&mut state.failing_commits) {
            return Err(unavailable("the commit was made to fail"));
        }
        let lost = take(&mut state.lost_commits);
        Ok(lost.then(|| unavailable("the acknowledgement was made to be lost")))
    }

    /// Waits as for a read, and fails only without a connection: how often a node says that it lives is its own affair, so
    /// that no fault that is counted is used up by it.
    pub(super) async fn reach(&self) -> Result<(), StoreError> {
        self.pause().await;
        self.state().connection()
    }

    async fn pause(&self) {
        let delay = self.state().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    pub(super) fn is_disconnected(&self) -> bool {
        self.state().disconnected
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn connection(&self) -> Result<(), StoreError> {
        if self.disconnected {
            return Err(disconnected());
        }
        Ok(())
    }
}

const fn take(count: &mut usize) -> bool {
    let some = *count > 0;
    *count = count.saturating_sub(1);
    some
}

fn unavailable(message: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, message)
}

pub(super) fn disconnected() -> StoreError {
    unavailable("the connection was made to be lost")
}
