//! Forgetting what was made of an erased stream.

use super::ViewFollower;
use crate::{
    FeedEvent, Revision, StreamId, View,
    projection::desk::{Desk, Halt},
};

impl<V: View> ViewFollower<V> {
    /// Whether a stream has an event that the view follows: their names outlive their erasing.
    pub(super) async fn follows(&self, desk: &mut Desk, stream: &StreamId) -> Result<bool, Halt> {
        let log = std::sync::Arc::clone(&desk.log);
        let mut after = Revision::NONE;
        loop {
            let page = desk
                .insist(|| log.store.read_stream(stream, after, 500))
                .await?;
            let Some(last) = page.events.last() else {
                return Ok(false);
            };
            after = last.meta.revision;
            let mut events = page.events.into_iter().map(FeedEvent::new);
            if events.any(|event| self.routes.find(&event).is_some()) {
                return Ok(true);
            }
        }
    }
}
