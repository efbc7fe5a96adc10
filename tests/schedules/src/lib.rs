//! What several threads do to a store's queue and to its wake-ups, in orders that a scheduler chooses.
//!
//! The queues are the stores' own source, taken in from there; only their locks are the scheduler's. Each scenario is
//! for `shuttle` to run: it panics where something is lost or doubled, and waits for ever where a wake-up is. Each has
//! a twin with a race in it, which has to be found.

// The queues bring their own tests along, which run at home and not under the scheduler.
#![cfg(not(test))]

pub mod committer;
pub mod wake;
pub mod writer;

mod error;
mod sync;

#[path = "../../../cqrs-postgres/src/queue.rs"]
#[expect(dead_code, reason = "the scenarios leave something out")]
mod committer_queue;
#[path = "../../../cqrs-sqlite/src/queue.rs"]
#[expect(dead_code, reason = "the scenarios leave something out")]
mod writer_queue;
