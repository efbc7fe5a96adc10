//! The races notice.

use cqrs_testing::{retry_race, revision_race};

use crate::{
    broken::{AcknowledgedBefore, ForgetsIds, JudgedBeforeTheBatch, RetriedAsNew},
    twist::Twisted,
};

macro_rules! notices {
    ($test:ident, $race:expr, $part:literal) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $test() {
            let panic = tokio::spawn($race).await.expect_err("the store is broken");
            let panic = panic.into_panic();
            let message = panic.downcast_ref::<String>().expect("a message");
            assert!(message.contains($part), "{message}");
        }
    };
}

notices!(
    two_winners_of_one_revision,
    revision_race(
        &|| async { Twisted::new(JudgedBeforeTheBatch::default()) },
        16,
        100
    ),
    "the store breaks its contract"
);
notices!(
    a_winner_that_is_not_stored,
    revision_race(
        &|| async { Twisted::new(AcknowledgedBefore::default()) },
        16,
        100
    ),
    "the store breaks its contract"
);
notices!(
    ids_that_are_not_unique,
    retry_race(&|| async { Twisted::new(ForgetsIds) }, 100, 1),
    "the store breaks its contract"
);
notices!(
    a_duplicate_that_conflicts,
    retry_race(&|| async { Twisted::new(RetriedAsNew) }, 100, 1),
    "an append that was sent again got"
);
