//! The races notice.

use cqrs_testing::{batch_isolation, cancel_storm, event_id_reuse, retry_race, revision_race};

use crate::{
    broken::{
        AcknowledgedBefore, CutOff, FailsItsNeighbour, ForgetsIds, JudgedBeforeTheBatch,
        RetriedAsNew,
    },
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
notices!(
    ids_that_are_taken_for_new,
    event_id_reuse(&|| async { Twisted::new(ForgetsIds) }, 100, 1),
    "the store breaks its contract"
);
notices!(
    a_failure_that_spreads,
    batch_isolation(
        &|| async { Twisted::new(FailsItsNeighbour::default()) },
        10,
        1
    ),
    "the store breaks its contract"
);
notices!(
    an_answer_that_is_not_true,
    batch_isolation(
        &|| async { Twisted::new(AcknowledgedBefore::default()) },
        10,
        1
    ),
    "the store breaks its contract"
);
notices!(
    a_call_given_up_that_is_half_taken_back,
    cancel_storm(&|| async { Twisted::new(CutOff::default()) }, 1_000, 1),
    "the two events of an append"
);
notices!(
    a_call_sent_again_that_is_stored_again,
    cancel_storm(&|| async { Twisted::new(ForgetsIds) }, 1_000, 1),
    "the store breaks its contract"
);
