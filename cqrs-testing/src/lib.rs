//! Tests for programs that use `cqrs`, and for stores that somebody writes for it.

// Tests of programs.
mod app_fixture;
mod check;
#[doc(hidden)]
pub mod compatible;
mod diff;
mod fixture;
mod ids;
mod outcome;
mod report;
mod time;
#[doc(hidden)]
pub mod wired;

// Tests of stores.
pub mod conformance;
pub mod faulty;
pub mod make;
pub mod model;
pub mod races;
pub mod tailing;

#[doc(hidden)]
pub use app_fixture::Listed;
#[doc(inline)]
pub use app_fixture::{AppFixture, AppThen, EventList, SentList};
#[doc(inline)]
pub use check::Check;
#[doc(hidden)]
pub use fixture::GivenCommands;
#[doc(inline)]
pub use fixture::{CommandOf, CommandsOf, Decided, Fixture};
#[doc(inline)]
pub use ids::CountedIds;
#[doc(inline)]
pub use time::{TestClock, TestTime};

#[doc(inline)]
pub use faulty::{Faults, FaultyStore};
#[doc(inline)]
pub use make::MakeStore;
#[doc(inline)]
pub use model::model_test;
#[doc(inline)]
pub use races::{batch_isolation, cancel_storm, event_id_reuse, retry_race, revision_race};
#[doc(inline)]
pub use tailing::{Tailing, tailing_reader};
