//! The store in memory keeps the contract.

use cqrs_core::Memory;

cqrs_testing::event_store_conformance!(|| async { Memory::new() });
