//! The model test notices, and says so in few steps.

use cqrs_testing::model::find_divergence;

use crate::{
    broken::{ForgetsIds, OffByOne, OverwritesCheckpoints, PartlyStored, RetriedAsNew, WrongIndex},
    twist::Twisted,
};

macro_rules! notices {
    ($test:ident, $broken:expr) => {
        #[tokio::test]
        async fn $test() {
            let make = || async { Twisted::new($broken) };
            let found = find_divergence(&make, 10_000, 1).await;
            let divergence = found.expect("the store is broken");

            assert!(divergence.steps() < 10, "{divergence}");
            assert!(divergence.to_string().contains("CQRS_MODEL_SEED="));
        }
    };
}

notices!(ids_that_are_not_unique, ForgetsIds);
notices!(a_duplicate_that_conflicts, RetriedAsNew);
notices!(an_append_that_is_stored_in_part, PartlyStored);
notices!(a_range_that_is_off_by_one, OffByOne);
notices!(
    a_checkpoint_that_is_overwritten,
    OverwritesCheckpoints::default()
);
notices!(an_index_that_leaves_out_the_end, WrongIndex);

#[tokio::test]
async fn a_store_that_is_right_agrees() {
    #[derive(Debug)]
    struct Right;
    impl crate::twist::Twist for Right {}

    let make = || async { Twisted::new(Right) };
    let found = find_divergence(&make, 2_000, 1).await;
    assert!(found.is_none(), "{found:?}");
}
