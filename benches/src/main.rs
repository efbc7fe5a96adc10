//! Measures all contestants side by side: `cargo xtask bench`.

fn main() {}
