//! Programs to start from: `cargo run --example NAME` runs one.
