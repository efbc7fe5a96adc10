//! The harnesses find what they look for: each fails on a store that is broken on purpose.

mod broken;
mod conformance;
mod model;
mod races;
mod tailing;
mod twist;
