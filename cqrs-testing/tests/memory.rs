//! The store in memory keeps the contract.

use cqrs_core::Memory;

cqrs_testing::event_store_conformance!(|| async { Memory::new() });

#[tokio::test]
async fn it_agrees_with_its_model() {
    cqrs_testing::model_test(&|| async { Memory::new() }, 100_000, 2026).await;
}
