//! How far a view or handler is, for those who wait for it.

use std::{
    collections::BTreeMap,
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use tokio::sync::watch;

use crate::{
    Position, ReadViewError, StoreError,
    store::documents::{ParkedEvent, Subscription},
};

/// How far a view or handler is, and how far this app instance needs it to be.
#[derive(Debug)]
pub(crate) struct Progress {
    subscription: Subscription,
    /// One more than the last position that it has dealt with or passed over; 0 while it must not be read.
    ready: AtomicU64,
    /// The last position that it has dealt with or passed over, readable or not.
    position: AtomicU64,
    /// The last position that this app instance committed of an event that it follows.
    wanted: AtomicU64,
    /// Changed with each page too, for those who wait.
    status: watch::Sender<Status>,
    held: RwLock<BTreeMap<Bytes, Held>>,
}

/// What a view or handler is doing, and what is in its way.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) state: State,
    /// Why it tries again and again what it must do next.
    pub(crate) failing: Option<Failing>,
    /// When the first event that it has not dealt with was recorded.
    pub(crate) behind_since: Option<SystemTime>,
}

/// What is tried again and again.
#[derive(Clone, Debug)]
pub(crate) enum Failing {
    /// The store fails.
    Store(StoreError),
    /// The handler does.
    Handler(String),
}

/// What a view or handler is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Finding out where it stands.
    Starting,
    /// Following the log.
    Running,
    /// Not yet where it must be to be read.
    Rebuilding {
        /// Where that is.
        head: Position,
    },
    /// Waiting for the word to go on.
    Paused,
    /// Stopped, and why.
    Stopped(String),
}

/// A key that is held back: what failed first.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) text: String,
    pub(crate) position: Position,
    pub(crate) reason: String,
}

impl Progress {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self {
            subscription,
            ready: AtomicU64::new(0),
            position: AtomicU64::new(0),
            wanted: AtomicU64::new(0),
            status: watch::Sender::new(Status {
                state: State::Starting,
                failing: None,
                behind_since: None,
            }),
            held: RwLock::default(),
        }
    }

    pub(crate) const fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// This app instance has committed an event that it follows.
    pub(crate) fn committed(&self, position: Position) {
        self.wanted.fetch_max(position.get(), Ordering::AcqRel);
    }

    /// How far it must be for this app instance to read its own writes.
    pub(crate) fn wanted(&self) -> Position {
        Position::new(self.wanted.load(Ordering::Acquire))
    }

    /// The last position that it has dealt with or passed over.
    pub(crate) fn position(&self) -> Position {
        Position::new(self.position.load(Ordering::Acquire))
    }

    pub(crate) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Told of every change of position and status.
    pub(crate) fn changes(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Waits until it has seen a position.
    pub(crate) async fn reach(
        &self,
        wanted: Position,
        limit: Duration,
    ) -> Result<(), ReadViewError> {
        if self.has_reached(wanted) {
            return Ok(());
        }
        match tokio::time::timeout(limit, self.wait(wanted)).await {
            Ok(reached) => reached,
            Err(_elapsed) => {
                let position = self.position();
                Err(ReadViewError::Behind {
                    view: self.subscription.name.clone(),
                    position,
                    wanted,
                    behind: wanted.get().saturating_sub(position.get()),
                })
            }
        }
    }

    /// An error while it is built for the first time, or again.
    pub(crate) fn refuse_half_built(&self) -> Result<(), ReadViewError> {
        // 0 is while it must not be read.
        if self.ready.load(Ordering::Acquire) > 0 {
            return Ok(());
        }
        match self.status.borrow().state {
            State::Rebuilding { head } => Err(ReadViewError::Rebuilding {
                view: self.subscription.name.clone(),
                done: self.position(),
                head,
            }),
            _ => Ok(()),
        }
    }

    pub(crate) fn has_reached(&self, wanted: Position) -> bool {
        self.ready.load(Ordering::Acquire) > wanted.get()
    }

    async fn wait(&self, wanted: Position) -> Result<(), ReadViewError> {
        let view = || self.subscription.name.clone();
        let stopped = |reason: &str| ReadViewError::Stopped {
            view: view(),
            position: self.position(),
            reason: reason.to_owned(),
        };
        let mut changes = self.changes();
        loop {
            let state = changes.borrow_and_update().state.clone();
            if self.has_reached(wanted) {
                return Ok(());
            }
            match state {
                State::Starting | State::Running => {}
                State::Rebuilding { head } => {
                    return Err(ReadViewError::Rebuilding {
                        view: view(),
                        done: self.position(),
                        head,
                    });
                }
                State::Paused => return Err(stopped("it was paused")),
                State::Stopped(reason) => return Err(stopped(&reason)),
            }
            // The sender lives as long as `self`.
            let _change = changes.changed().await.is_ok();
        }
    }
}

/// For the task that does the work.
impl Progress {
    /// It has dealt with everything up to a position.
    pub(super) fn saw(&self, position: Position) {
        self.position.store(position.get(), Ordering::Release);
        self.status.send_modify(|status| {
            status.failing = None;
            if let State::Rebuilding { head } = status.state
                && position >= head
            {
                status.state = State::Running;
            }
            if status.state == State::Running {
                self.ready.store(position.get() + 1, Ordering::Release);
            }
        });
    }

    /// It goes on from a position, and can be read from there on, or only from a later one.
    pub(super) fn goes_on(&self, position: Position, readable_from: Position) {
        self.position.store(position.get(), Ordering::Release);
        self.status.send_modify(|status| {
            status.failing = None;
            let readable = position >= readable_from;
            let ready = if readable { position.get() + 1 } else { 0 };
            self.ready.store(ready, Ordering::Release);
            status.state = if readable {
                State::Running
            } else {
                State::Rebuilding {
                    head: readable_from,
                }
            };
        });
    }

    /// It has stopped: who reads it is told so.
    pub(super) fn stopped(&self, reason: String) {
        self.ready.store(0, Ordering::Release);
        self.set(State::Stopped(reason));
    }

    /// It finds out again where it stands.
    pub(super) fn starting(&self) {
        self.set(State::Starting);
    }

    /// It waits for the word to go on. What it has seen can be read.
    pub(super) fn paused(&self) {
        self.set(State::Paused);
    }

    /// Its task has ended with the app. What it has seen can be read.
    pub(super) fn ended(&self) {
        self.status.send_if_modified(|status| {
            let running = !matches!(status.state, State::Stopped(_));
            if running {
                status.state = State::Stopped("the app is shutting down".into());
            }
            running
        });
    }

    fn set(&self, state: State) {
        self.status.send_modify(|status| status.state = state);
    }

    /// What it must do next fails, and is tried again.
    pub(super) fn failing(&self, failing: Failing) {
        self.status
            .send_modify(|status| status.failing = Some(failing));
    }

    pub(super) fn behind_since(&self, since: Option<SystemTime>) {
        self.status.send_if_modified(|status| {
            status.behind_since = since;
            false
        });
    }
}

/// What is held back.
impl Progress {
    /// What holds a key back, if something does.
    pub(crate) fn held(&self, key: &[u8]) -> Option<Held> {
        self.all_held().get(key).cloned()
    }

    /// How many keys are held back.
    pub(crate) fn held_keys(&self) -> usize {
        self.all_held().len()
    }

    pub(super) fn is_held(&self, key: &[u8]) -> bool {
        let held = self.all_held();
        !held.is_empty() && held.contains_key(key)
    }

    fn all_held(&self) -> RwLockReadGuard<'_, BTreeMap<Bytes, Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_held_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<Bytes, Held>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is parked, as the store says it: by key, then position.
    pub(super) fn holds(&self, parked: &[ParkedEvent]) {
        let mut held = self.all_held_mut();
        held.clear();
        for event in parked {
            hold_back(&mut held, event);
        }
    }

    /// These were parked.
    pub(super) fn hold(&self, parked: &[ParkedEvent]) {
        if !parked.is_empty() {
            let mut held = self.all_held_mut();
            for event in parked {
                hold_back(&mut held, event);
            }
        }
    }

    /// Nothing of this key is parked any more.
    pub(super) fn let_go(&self, key: &[u8]) {
        self.all_held_mut().remove(key);
    }
}

/// The first event of a key is what holds it back.
fn hold_back(held: &mut BTreeMap<Bytes, Held>, event: &ParkedEvent) {
    let known = held.get(&event.key);
    if known.is_none_or(|known| event.position <= known.position) {
        let first = Held {
            text: event.key_text.clone(),
            position: event.position,
            reason: event.error.clone(),
        };
        held.insert(event.key.clone(), first);
    }
}
