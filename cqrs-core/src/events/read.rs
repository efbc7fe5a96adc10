//! Events of the log, as they are read.

use crate::{DecodeError, Event, Position, Recorded, feed::FeedEvent, store::query::Page};

/// Events of the log, and the head of the snapshot they were read from: the `after` of a condition that is to hold
/// against them.
#[derive(Debug)]
pub struct EventPage {
    events: Vec<FeedEvent>,
    head: Position,
}

impl EventPage {
    pub(super) fn new(page: Page) -> Self {
        Self {
            events: page.events.into_iter().map(FeedEvent::new).collect(),
            head: page.head,
        }
    }

    /// The last position of the log when they were read.
    #[must_use]
    pub const fn head(&self) -> Position {
        self.head
    }

    /// The events, in the direction of the range.
    #[must_use]
    pub fn events(&self) -> &[FeedEvent] {
        &self.events
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Those of one type, whatever version they were stored as. Erased ones are left out.
    pub fn of<E: Event>(&self) -> impl Iterator<Item = Result<&Recorded<E>, DecodeError>> {
        let named = |event: &&FeedEvent| {
            let meta = event.meta();
            !meta.is_erased() && (meta.name == E::NAME || E::FORMERLY.contains(&&*meta.name))
        };
        self.events
            .iter()
            .filter(named)
            .map(FeedEvent::recorded::<E>)
    }
}
