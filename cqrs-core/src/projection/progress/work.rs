//! How far it is, as the task that does the work tells it.

use std::{sync::atomic::Ordering, time::SystemTime};

use super::{Failing, Progress, State, Status};
use crate::Position;

impl Progress {
    /// Changes how it is, unless another node runs it: its task here is still to notice that, and no more to be heard.
    fn at_work(&self, change: impl FnOnce(&mut Status)) {
        self.status.send_if_modified(|status| {
            let is_here = !matches!(status.state, State::Elsewhere { .. });
            if is_here {
                change(status);
            }
            is_here
        });
    }

    /// It has dealt with everything up to a position.
    pub(in crate::projection) fn saw(&self, position: Position) {
        self.at_work(|status| {
            self.position.store(position.get(), Ordering::Release);
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
    pub(in crate::projection) fn goes_on(&self, position: Position, readable_from: Position) {
        self.at_work(|status| {
            self.position.store(position.get(), Ordering::Release);
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
    pub(in crate::projection) fn stopped(&self, reason: String) {
        self.at_work(|status| {
            self.ready.store(0, Ordering::Release);
            status.last_error = Some(reason.clone());
            status.state = State::Stopped(reason);
        });
    }

    /// It finds out again where it stands.
    pub(in crate::projection) fn starting(&self) {
        self.set(State::Starting);
    }

    /// It waits for the word to go on. What it has seen can be read.
    pub(in crate::projection) fn paused(&self) {
        self.set(State::Paused);
    }

    /// Its task has ended with the app. What it has seen can be read.
    pub(in crate::projection) fn ended(&self) {
        self.status.send_if_modified(|status| {
            let running = !matches!(status.state, State::Stopped(_));
            if running {
                status.state = State::Stopped("the app is shutting down".into());
            }
            running
        });
    }

    fn set(&self, state: State) {
        self.at_work(|status| status.state = state);
    }

    /// What it must do next fails, and is tried again.
    pub(in crate::projection) fn failing(&self, failing: Failing) {
        self.status.send_modify(|status| {
            status.last_error = Some(failing.to_string());
            status.failing = Some(failing);
        });
    }

    /// The store does again what it failed to do.
    pub(in crate::projection) fn works(&self) {
        self.status.send_if_modified(|status| {
            let failed = matches!(status.failing, Some(Failing::Store(_)));
            if failed {
                status.failing = None;
            }
            failed
        });
    }

    /// Something went wrong that is in nobody's way.
    pub(in crate::projection) fn erred(&self, error: &str) {
        self.status.send_if_modified(|status| {
            status.last_error = Some(error.to_owned());
            false
        });
    }

    pub(in crate::projection) fn behind_since(&self, since: Option<SystemTime>) {
        self.status.send_if_modified(|status| {
            status.behind_since = since;
            false
        });
    }
}
