//! The conformance suite notices.

use std::panic;

use cqrs_testing::conformance::check;

use crate::{
    broken::{
        Delivered, ForgetsIds, HeadTooNew, JudgedBeforeTheBatch, LooksBeforeItOverwrites,
        LooksFirst, LooksOnlyAtThePosition, OverwritesCheckpoints, PartlyStored, RetriedAsNew,
        SplitCommit, Turned,
    },
    twist::Twisted,
};

macro_rules! notices {
    ($case:ident: $broken:expr) => {
        #[test]
        fn $case() {
            // What shows only in a race shows in one of several.
            let panic = (0..20).find_map(|_| {
                let make = || async { Twisted::new($broken) };
                panic::catch_unwind(move || check(&make, stringify!($case))).err()
            });
            let panic = panic.expect("the store is broken");
            let message = panic.downcast_ref::<String>().expect("a message");
            assert!(
                message.starts_with("the store breaks its contract"),
                "{message}"
            );
        }
    };
}

notices!(of_many_with_one_expected_revision_one_wins: JudgedBeforeTheBatch::default());
notices!(of_many_with_one_condition_one_wins: JudgedBeforeTheBatch::default());
notices!(of_two_first_appends_submitted_together_the_first_wins: JudgedBeforeTheBatch::default());
notices!(a_condition_sees_appends_submitted_before_it: JudgedBeforeTheBatch::default());
notices!(a_pure_check_sees_appends_submitted_before_it: JudgedBeforeTheBatch::default());
notices!(an_append_is_atomic_over_its_streams: PartlyStored);
notices!(an_append_sent_again_is_answered_as_the_first_time: ForgetsIds);
notices!(an_append_sent_many_times_at_once_is_stored_once: ForgetsIds);
notices!(a_duplicate_is_not_held_against_expected_revisions: RetriedAsNew);
notices!(a_reader_sees_whole_commits: SplitCommit);
notices!(a_commit_against_another_position_is_late: OverwritesCheckpoints::default());
notices!(a_first_commit_that_is_not_the_first_is_late: OverwritesCheckpoints::default());
notices!(a_commit_against_a_checkpoint_that_is_not_there_is_late: OverwritesCheckpoints::default());
notices!(a_late_commit_changes_no_document: OverwritesCheckpoints::default());
notices!(a_late_commit_parks_nothing: OverwritesCheckpoints::default());
notices!(of_many_commits_at_once_one_wins: LooksBeforeItOverwrites::default());
notices!(a_commit_of_an_older_epoch_is_late: LooksOnlyAtThePosition::default());
notices!(what_is_found_in_a_built_view_is_all_of_it: LooksFirst);
notices!(a_reader_sees_no_gaps_while_others_write: HeadTooNew);
notices!(pages_forward_cover_the_log_once: Turned::every(1));
notices!(a_range_forward_begins_behind_its_position: Delivered::every(1));
