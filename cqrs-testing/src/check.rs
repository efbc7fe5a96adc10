//! What fixtures look at although no test asks for it.

/// What a fixture looks at silently, in every test, until it is told not to.
///
/// Each is something that holds in a test by accident and not in production, where events are stored and read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Every given and recorded event is the same after it was written and read back.
    SerdeRoundTrip,
    /// Deciding a command again, on the same state, gives the same: no time, chance or memory but what `cx` offers.
    DecidesAlike,
    /// The state of an aggregate with snapshots survives being stored, and a snapshot with the events after it is the same
    /// as all events.
    Snapshots,
    /// No event was parked, and no view or handler has stopped or keeps trying, unless the test says so.
    NothingFails,
    /// The documents of views that a test touches survive being stored.
    Documents,
    /// The keys of views that a test touches are ordered in the store as they are in the program.
    KeyOrder,
}

/// The checks that are left out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    without: Vec<Check>,
}

impl Checks {
    pub(crate) fn leave_out(&mut self, check: Check) {
        self.without.push(check);
    }

    pub(crate) fn has(&self, check: Check) -> bool {
        !self.without.contains(&check)
    }
}

impl Check {
    /// How to leave it out, for messages.
    pub(crate) fn how_to_leave_out(self) -> String {
        format!("`.without_check(Check::{self:?})` leaves this check out")
    }
}
