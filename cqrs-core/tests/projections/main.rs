//! What views and handlers promise, on types that are written by hand.

mod erasing;
mod handlers;
mod operating;
mod reading;
mod stock;
mod stores;
mod views;
