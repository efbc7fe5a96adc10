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
