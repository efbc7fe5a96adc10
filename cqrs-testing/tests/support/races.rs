//! Many who write, read, give up and send again at once, and random operations beside a model: the same for every store.
//!
//! `CQRS_SOAK=1` does ten times as much, which takes a quarter of an hour; a greater number that many times as much.

use std::{env, time::Duration};

pub(crate) fn count(usual: usize) -> usize {
    env::var("CQRS_SOAK").map_or(usual, |times| {
        let times: usize = times.parse().expect("`CQRS_SOAK` is a number");
        10 * usual * times
    })
}

pub(crate) fn patience() -> Duration {
    Duration::from_secs(if env::var_os("CQRS_SOAK").is_some() {
        36_000
    } else {
        900
    })
}

/// The tests of a store that `$fresh` makes, and how much each of them does.
macro_rules! races {
    (
        $fresh:path,
        operations: $operations:literal,
        appends_of_a_writer: $appends:literal,
        wins: $wins:literal,
        repeated: $repeated:literal,
        reused: $reused:literal,
        batches: $batches:literal,
        given_up: $given_up:literal $(,)?
    ) => {
        #[tokio::test]
        async fn it_agrees_with_its_model() {
            cqrs_testing::model_test(&$fresh, support::count($operations), 2026).await;
        }

        /// T08
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn its_readers_see_everything_once_and_in_order() {
            let tailing = cqrs_testing::Tailing {
                appends: support::count($appends),
                patience: support::patience(),
                ..cqrs_testing::Tailing::default()
            };
            cqrs_testing::tailing_reader(&$fresh, tailing).await;
        }

        /// T04
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn one_wins_each_revision() {
            cqrs_testing::revision_race(&$fresh, 16, support::count($wins)).await;
        }

        /// T05
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn what_is_sent_again_is_stored_once() {
            cqrs_testing::retry_race(&$fresh, support::count($repeated), 2026).await;
        }

        /// T06
        #[tokio::test]
        async fn an_id_that_is_used_for_something_else_is_refused() {
            cqrs_testing::event_id_reuse(&$fresh, support::count($reused), 2026).await;
        }

        /// T07
        #[tokio::test]
        async fn one_that_cannot_be_stored_takes_none_of_63_others_along() {
            cqrs_testing::batch_isolation(&$fresh, support::count($batches), 2026).await;
        }

        /// T13
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn what_is_given_up_is_there_whole_or_not_at_all() {
            cqrs_testing::cancel_storm(&$fresh, support::count($given_up), 2026).await;
        }
    };
}

pub(crate) use races;
