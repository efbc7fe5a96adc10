//! Forgetting what was made of an erased stream.

use super::ViewFollower;
use crate::{
    StreamId, View,
    projection::desk::{Desk, Halt},
};

impl<V: View> ViewFollower<V> {
    /// Whether a stream has an event that the view follows.
    pub(super) async fn follows(&self, desk: &mut Desk, stream: &StreamId) -> Result<bool, Halt> {
        desk.concerns(stream, |event| self.routes.find(event).is_some())
            .await
    }
}
