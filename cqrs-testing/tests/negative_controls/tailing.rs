//! The tailing readers notice.

use std::time::Duration;

use cqrs_testing::tailing::{Tailing, find_violation};

use crate::{
    broken::{
        AcknowledgedBefore, Delivered, HeadTooNew, LateVisible, Phantom, RevisionsTurned, Turned,
    },
    twist::Twisted,
};

fn short() -> Tailing {
    Tailing {
        appends: 200,
        patience: Duration::from_secs(20),
        ..Tailing::default()
    }
}

fn only_filtered() -> Tailing {
    Tailing {
        tailers: 0,
        catching_up: 0,
        filtered: 3,
        ..short()
    }
}

macro_rules! notices {
    ($test:ident, $broken:expr, $tailing:expr, $part:literal) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $test() {
            let found = find_violation(&|| async { Twisted::new($broken) }, $tailing).await;
            let violation = found.expect_err("the store is broken").to_string();
            assert!(violation.contains($part), "another violation: {violation}");
            assert!(!violation.contains("not every reader"), "{violation}");
        }
    };
}

notices!(
    positions_that_become_visible_late,
    LateVisible::default(),
    short(),
    "" // A gap, or a page that ends before its head: whichever reader comes first.
);
notices!(
    positions_that_become_visible_late_to_a_filtered_reader,
    LateVisible::default(),
    only_filtered(),
    "a reader saw"
);
notices!(a_head_that_is_too_new, HeadTooNew, short(), "its head is");
notices!(
    a_head_that_is_too_new_for_a_filtered_reader,
    HeadTooNew,
    only_filtered(),
    "a reader saw"
);
notices!(
    an_event_delivered_twice,
    Delivered::every(20),
    short(),
    "came after"
);
notices!(
    events_out_of_order,
    Turned::every(20),
    short(),
    "came after"
);
notices!(revisions_out_of_order, RevisionsTurned, short(), "revision");
notices!(an_event_that_vanishes, Phantom::default(), short(), "");
notices!(
    an_acknowledgement_before_the_commit,
    AcknowledgedBefore::default(),
    short(),
    ""
);
