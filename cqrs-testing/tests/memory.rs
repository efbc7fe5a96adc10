//! The store in memory keeps the contract.

#[path = "support/races.rs"]
mod support;

use cqrs_core::Memory;

async fn fresh() -> Memory {
    Memory::new()
}

cqrs_testing::event_store_conformance!(fresh);

support::races!(
    fresh,
    operations: 100_000,
    appends_of_a_writer: 500,
    wins: 500,
    repeated: 10_000,
    reused: 5_000,
    batches: 1_000,
    given_up: 10_000,
);
