//! The derives of `cqrs`, which re-exports them: name that crate and not this one.
