//! The ids of what a handler sends that may be called again.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use crate::{CommandId, StreamId};

/// Makes the ids of what a handler sends, when the handler may be called again with the same message: the same sending
/// gets the same id again, whatever else is or is not sent this time.
///
/// So an id is made from what is sent and where it goes; only of two that are alike in both, the order counts.
#[derive(Debug)]
pub(crate) struct Children {
    parent: CommandId,
    /// How many of a kind there were.
    sent: Mutex<HashMap<String, u32>>,
}

impl Children {
    pub(crate) fn new(parent: CommandId) -> Self {
        Self {
            parent,
            sent: Mutex::default(),
        }
    }

    /// The id of the next `what` that goes to these aggregates.
    pub(crate) fn next(&self, what: &str, to: &[&StreamId]) -> CommandId {
        // Neither names nor ids have control characters, so that NUL tells them apart.
        let mut key = what.to_owned();
        for stream in to {
            key.push('\0');
            key.push_str(stream.aggregate());
            key.push('\0');
            key.push_str(stream.id());
        }
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let number = sent.entry(key.clone()).or_default();
        *number += 1;
        self.parent.child(&format!("{key}\0\0{number}"))
    }
}
