//! Whole programs on the memory store, simulated: one thread, a clock that jumps from one thing to the next, and every
//! mishap drawn from a seed. What a seed does it does again, to the last byte.
//!
//! The order in which tokio wakes and selects is drawn from the seed too, which tokio allows only under
//! `--cfg tokio_unstable`. `cargo xtask test` builds this package that way and runs it; without, it is empty.

#![cfg(tokio_unstable)]

mod bank;
mod checks;
mod client;
mod clock;
mod mishaps;
mod nodes;
mod random;
mod run;
mod tail;
mod trace;

pub use self::{
    clock::VirtualClock,
    run::{Simulated, simulate},
};
