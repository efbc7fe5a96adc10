//! How fast it is, beside what it could be: `cargo xtask bench`.
//!
//! Two programs are made of this: `contestants` is measured, `cqrs-benches` measures, side by side, all that there are.
//! What other contestants are measured by is in `harness`, they themselves are in `peers`.

pub mod bare;
pub mod ours;
