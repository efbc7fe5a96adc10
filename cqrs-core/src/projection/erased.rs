//! Whether an erased stream concerns a follower.

use std::sync::Arc;

use super::desk::{Desk, Halt};
use crate::{FeedEvent, Revision, StreamId};

impl Desk {
    /// Whether a stream has an event that is followed: their names outlive their erasing.
    pub(super) async fn concerns(
        &mut self,
        stream: &StreamId,
        is_followed: impl Fn(&FeedEvent) -> bool + Send,
    ) -> Result<bool, Halt> {
        let log = Arc::clone(&self.log);
        let mut after = Revision::NONE;
        loop {
            let page = self
                .insist(|| log.store.read_stream(stream, after, 500))
                .await?;
            let Some(last) = page.events.last() else {
                return Ok(false);
            };
            after = last.meta.revision;
            let mut events = page.events.into_iter().map(FeedEvent::new);
            if events.any(|event| is_followed(&event)) {
                return Ok(true);
            }
        }
    }
}
