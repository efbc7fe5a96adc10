//! Stores in SQL as they are often written, each with the mistake that loses events, held to the same promises.
//!
//! The table and the appending function are the same for all: what differs is where positions come from, what a reader
//! is shown, and when it is acknowledged.

mod raw;
mod sql;

use std::time::Duration;

use cqrs_testing::tailing::{Tailing, Violation, find_violation};
use temporary_postgres::Server;

use self::{raw::Raw, sql::How};
use crate::twist::Twisted;

/// What the readers and writers find. Each store has a server of its own: some look at all transactions of the server.
async fn find(how: How, appends: usize) -> Result<(), Violation> {
    let make = move || async move {
        let server = Server::start().expect("a server");
        let raw = Raw::new(&server.create_database(), how).await;
        (Twisted::new(raw), server)
    };
    let tailing = Tailing {
        appends,
        patience: Duration::from_secs(30),
        ..Tailing::default()
    };
    find_violation(&make, tailing).await
}

/// The same table and functions without a mistake: what is found in the others is not found because of these.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn positions_under_a_lock_are_right() {
    if let Err(violation) = find(How::Right, 40).await {
        panic!("{violation}");
    }
}

macro_rules! notices {
    ($($(#[$doc:meta])* $test:ident: $how:ident, $appends:literal, $parts:expr;)*) => {$(
        $(#[$doc])*
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $test() {
            let found = find(How::$how, $appends).await;
            let violation = found.expect_err("the store is broken").to_string();
            println!("{violation}");
            let parts: &[&str] = &$parts;
            assert!(parts.iter().any(|part| violation.contains(part)), "another: {violation}");
        }
    )*};
}

/// A reader went on behind an event, or saw one that it had gone by.
const LATE: [&str; 4] = [
    "came after",
    "its head is",
    "a reader saw",
    "no longer there",
];

notices! {
    /// T09: a sequence gives positions, which become visible in another order.
    a_sequence_loses_events: Sequence, 200, LATE;
    /// T09: only transactions before all that run are shown, and the reader remembers a position.
    xmin_with_a_position_loses_events: Xmin, 200, LATE;
    /// T09: by transaction and position, with revisions given in the order of locks.
    transaction_ids_turn_revisions_around: Xid, 80, ["revision"];
    /// T09: the position below which all is committed is asked in the statement that reads.
    an_epoch_in_the_reading_statement_loses_events: Epoch, 200, LATE;
    /// T09: the lock is taken in the statement that looks at the head.
    a_lock_in_the_reading_statement_gives_positions_twice: LockInStatement, 60,
        ["came after", "a reader saw", "was acknowledged at", "its head is", "no longer there"];
    /// T09: acknowledged, and then committed.
    an_acknowledgement_before_the_commit_is_noticed: AcknowledgedEarly, 2,
        ["was acknowledged, and a later page", "are stored", "was acknowledged at"];
    /// T09: the reader goes on from a head that is newer than what it was shown.
    a_head_from_a_later_statement_loses_events: HeadLater, 60, ["its head is", "a reader saw"];
}
