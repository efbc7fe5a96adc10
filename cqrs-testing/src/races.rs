//! Many tasks that want the same: one wins, or all get the same answer.

mod retries;
mod revisions;

pub use self::{retries::retry_race, revisions::revision_race};
