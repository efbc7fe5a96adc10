//! What a decision has at hand beside its aggregate and command.

use std::{fmt, time::SystemTime};

use super::{Aggregate, EventOf};
use crate::{Metadata, Revision};

/// What a decision has at hand: whose it is, the time, and where its events go.
pub struct Context<'a, A: Aggregate> {
    id: &'a A::Id,
    revision: Revision,
    now: SystemTime,
    metadata: &'a Metadata,
    events: Vec<A::Event>,
}

impl<'a, A: Aggregate> Context<'a, A> {
    /// A context of one decision.
    #[must_use]
    pub const fn new(
        id: &'a A::Id,
        revision: Revision,
        now: SystemTime,
        metadata: &'a Metadata,
    ) -> Self {
        Self {
            id,
            revision,
            now,
            metadata,
            events: Vec::new(),
        }
    }

    /// Records an event, if the decision ends well.
    pub fn emit<E: EventOf<A>>(&mut self, event: E) {
        self.events.push(event.into_event());
    }

    /// The aggregate's id.
    #[must_use]
    pub const fn id(&self) -> &A::Id {
        self.id
    }

    /// The revision of the aggregate's last event; 0 when it is not there yet.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// The time of the decision.
    #[must_use]
    pub const fn now(&self) -> SystemTime {
        self.now
    }

    /// Who sent the command, and why.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        self.metadata
    }

    /// The events emitted so far.
    #[must_use]
    pub fn into_events(self) -> Vec<A::Event> {
        self.events
    }
}

impl<A: Aggregate> fmt::Debug for Context<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("aggregate", &A::NAME)
            .field("id", &self.id.to_string())
            .field("revision", &self.revision)
            .field("now", &self.now)
            .field("metadata", &self.metadata)
            .field("events", &self.events.len())
            .finish()
    }
}
