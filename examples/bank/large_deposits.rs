//! What the bank does outside of itself: large deposits are told to somebody.

use std::sync::{Arc, Mutex, PoisonError};

use cqrs::{EventHandler, Handler, HandlerContext, HandlerError, Recorded};

use crate::account::Deposited;

/// From how much on a deposit is large.
pub const LARGE: u64 = 1_000_000;

/// Where notes are left: in earnest a mail or a queue.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub fn all(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Leaves a note, once: an event may come again, so that its id is part of what is sent.
    fn leave(&self, note: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
}

/// Follows the log from the moment it is deployed, and goes on where it was after a restart.
#[derive(Handler)]
#[handler(name = "large-deposits", events(Deposited))]
pub struct LargeDeposits {
    notes: Notes,
}

impl EventHandler<Deposited> for LargeDeposits {
    async fn handle(
        &self,
        event: &Recorded<Deposited>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        if event.cents >= LARGE {
            let account = event.stream().id();
            let note = format!(
                "{} cents into {account} (event {})",
                event.cents,
                event.id()
            );
            self.notes.leave(note);
        }
        Ok(())
    }
}
