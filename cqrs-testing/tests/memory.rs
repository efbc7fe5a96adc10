//! The store in memory keeps the contract.

use cqrs_core::Memory;
use cqrs_testing::Tailing;

cqrs_testing::event_store_conformance!(|| async { Memory::new() });

#[tokio::test]
async fn it_agrees_with_its_model() {
    cqrs_testing::model_test(&|| async { Memory::new() }, 100_000, 2026).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn its_readers_see_everything_once() {
    cqrs_testing::tailing_reader(&|| async { Memory::new() }, Tailing::default()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_wins_each_revision() {
    cqrs_testing::revision_race(&|| async { Memory::new() }, 16, 500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_sent_again_is_stored_once() {
    cqrs_testing::retry_race(&|| async { Memory::new() }, 10_000, 2026).await;
}
