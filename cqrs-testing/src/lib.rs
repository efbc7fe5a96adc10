//! Tests for programs that use `cqrs`, and for stores that somebody writes for it.

pub mod conformance;
pub mod make;

#[doc(inline)]
pub use make::MakeStore;
