//! Many tasks that want the same, wait together, or do not wait: each gets what it would get alone.

mod batches;
mod cancelled;
mod retries;
mod reuse;
mod revisions;

pub use self::{
    batches::{Isolation, batch_isolation},
    cancelled::cancel_storm,
    retries::retry_race,
    reuse::event_id_reuse,
    revisions::revision_race,
};
