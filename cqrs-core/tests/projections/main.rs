//! What views and handlers promise, on types that are written by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod erasing;
mod handlers;
mod nodes;
mod operating;
mod reading;
mod stock;
mod stores;
mod views;
