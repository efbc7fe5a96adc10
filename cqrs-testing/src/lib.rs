//! Tests for programs that use `cqrs`, and for stores that somebody writes for it.

pub mod conformance;
pub mod faulty;
pub mod make;
pub mod model;
pub mod tailing;

#[doc(inline)]
pub use faulty::{Faults, FaultyStore};
#[doc(inline)]
pub use make::MakeStore;
#[doc(inline)]
pub use model::model_test;
#[doc(inline)]
pub use tailing::{Tailing, tailing_reader};
