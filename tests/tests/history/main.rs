//! Odd histories: clocks that jump, events that are gone, numbers that are large.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "../support/accounts.rs"]
mod accounts;
mod clocks;
mod holes;
mod numbers;
