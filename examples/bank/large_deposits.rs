//! What the bank does outside of itself: large deposits are told to somebody.

use cqrs::{EventHandler, EventId, Handler, HandlerContext, HandlerError, Recorded};
use tokio::sync::mpsc::UnboundedSender;

use crate::account::Deposited;

/// From how much on a deposit is large.
pub const LARGE: u64 = 1_000_000;

/// Where notes go: in earnest a mail or a queue.
#[derive(Clone, Debug)]
pub struct Desk(pub UnboundedSender<Note>);

/// Somebody should look at a deposit.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// An event may come again, so that whoever gets the note is told which one it is of.
    pub event: EventId,
    pub account_id: String,
    pub cents: u64,
}

/// Follows the log from the moment it is deployed, and goes on where it was after a restart.
#[derive(Handler)]
#[handler(name = "large-deposits", events(Deposited))]
pub struct LargeDeposits {
    desk: Desk,
}

impl EventHandler<Deposited> for LargeDeposits {
    async fn handle(
        &self,
        event: &Recorded<Deposited>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        if event.cents >= LARGE {
            // Nobody there is an error like any other: tried again, then parked, while other accounts go on.
            self.desk.0.send(Note {
                event: event.id(),
                account_id: event.stream().id().to_owned(),
                cents: event.cents,
            })?;
        }
        Ok(())
    }
}
