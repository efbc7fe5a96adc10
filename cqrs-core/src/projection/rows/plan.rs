//! What a page of events means to a projection.

use std::sync::Arc;

use super::RowsFollower;
use crate::{
    Tables,
    feed::FeedPage,
    projection::desk::{Desk, Halt},
    store::ERASED,
    tables::ProjectRow,
};

/// One event that changes rows.
pub(super) struct Touch<P: Tables> {
    /// The event's number in the page.
    pub(super) event: usize,
    pub(super) change: Change<P>,
}

pub(super) enum Change<P: Tables> {
    /// The event is projected.
    Project(ProjectRow<P>),
    /// The stream was erased.
    Forget,
}

impl<P: Tables> RowsFollower<P> {
    /// The events of the page that change rows.
    pub(super) async fn plan(
        &self,
        desk: &mut Desk,
        page: &FeedPage,
    ) -> Result<Arc<[Touch<P>]>, Halt> {
        let mut touches = Vec::new();
        for (number, event) in page.events().iter().enumerate() {
            let meta = event.meta();
            let change = if meta.name == ERASED {
                let is_new = meta.position > self.clean_until;
                let concerned = is_new
                    && desk
                        .concerns(&meta.stream, |event| {
                            self.by_name.contains_key(&*event.meta().name)
                        })
                        .await?;
                concerned.then_some(Change::Forget)
            } else if meta.is_erased() {
                None
            } else {
                self.by_name.get(&*meta.name).copied().map(Change::Project)
            };
            touches.extend(change.map(|change| Touch {
                event: number,
                change,
            }));
        }
        Ok(touches.into())
    }
}
