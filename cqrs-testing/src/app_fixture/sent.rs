//! The commands that are sent in an app.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cqrs_core::{Call, CallKind, Command, Middleware, Next, Outcome};
use serde::Serialize;

/// The commands that were sent in an app, in the order in which they were.
#[derive(Clone, Default)]
pub(super) struct Sent {
    commands: Arc<Mutex<Vec<SentCommand>>>,
    readers: Arc<Mutex<Vec<Reader>>>,
}

/// One command that was sent.
#[derive(Clone, Debug)]
pub(super) struct SentCommand {
    pub(super) name: &'static str,
    /// What it is written as; only for types that the test wants to look into.
    pub(super) written: Option<Vec<u8>>,
}

/// Writes a command, if it is of the type that this one is for.
type Reader = fn(&Call<'_>) -> Option<Vec<u8>>;

impl Sent {
    /// Looks into commands of this type from now on.
    pub(super) fn look_into<C: Command + Serialize>(&self) {
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(|call| serde_json::to_vec(call.message::<C>()?).ok());
    }

    /// What was sent since the last time.
    pub(super) fn take(&self) -> Vec<SentCommand> {
        std::mem::take(&mut self.commands())
    }

    fn commands(&self) -> MutexGuard<'_, Vec<SentCommand>> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn see(&self, call: &Call<'_>) {
        let written = {
            let readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            readers.iter().find_map(|read| read(call))
        };
        let name = call.name();
        self.commands().push(SentCommand { name, written });
    }
}

impl Middleware for Sent {
    async fn handle(&self, call: &mut Call<'_>, next: Next<'_>) -> Outcome {
        if call.kind() == CallKind::Command {
            self.see(call);
        }
        next.run(call).await
    }
}
