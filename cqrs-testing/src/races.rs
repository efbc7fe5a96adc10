//! Many tasks that want the same, wait together, or do not wait: each gets what it would get alone.

mod batches;
mod cancelled;
mod retries;
mod reuse;
mod revisions;

use std::sync::Arc;

use cqrs_core::{EventQuery, Position, Range, Store, StoredEvent};

pub use self::{
    batches::{Isolation, batch_isolation},
    cancelled::cancel_storm,
    retries::retry_race,
    reuse::event_id_reuse,
    revisions::revision_race,
};

/// All that is stored.
async fn log(store: &Arc<dyn Store>) -> Vec<StoredEvent> {
    let range = Range::after(Position::START).limit(usize::MAX);
    let page = store.read(&EventQuery::all(), range).await;
    page.expect("the log can be read").events
}
