//! Dealing with what is parked.

use bytes::Bytes;

use super::{
    ViewFollower,
    commit::Changes,
    plan::{Plan, Slot},
};
use crate::{
    FeedEvent, Position, View,
    projection::{
        desk::{Desk, Halt},
        order::{Released, is_parked},
        run::Follower,
    },
    store::documents::ParkedEvent,
};

/// What became of the events of a document: how many were projected, and why not the next.
struct Attempt<V: View> {
    slot: Option<Slot<V>>,
    done: usize,
    error: Option<String>,
}

impl<V: View> ViewFollower<V> {
    /// Projects the parked events of a key, in order, as far as they can be.
    pub(super) async fn release_key(
        &mut self,
        desk: &mut Desk,
        key: &Bytes,
        leave_out: Option<Position>,
    ) -> Result<Option<Released>, Halt> {
        let parked = desk.parked(Some(key)).await?;
        if !is_parked(&parked, leave_out) {
            return Ok(None);
        }
        let left_out = usize::from(leave_out.is_some());
        let mut events = Vec::new();
        for parked in parked.iter().skip(left_out) {
            events.extend(desk.event(parked.position).await?);
        }
        let mut attempt = self.attempt(desk, key, &events).await?;
        if let Some(error) = attempt.error.take() {
            // What failed has taken the document with it.
            let can_be = events.get(..attempt.done).unwrap_or_default();
            attempt = self.attempt(desk, key, can_be).await?;
            attempt.error = Some(error);
        }
        let mut changes = Changes {
            let_go: vec![key.clone()],
            ..Changes::default()
        };
        if let Some(slot) = attempt.slot.as_mut().filter(|slot| slot.changed) {
            match slot.encode() {
                Ok(change) => changes.documents.extend(change),
                Err(reason) => {
                    attempt.done = 0;
                    attempt.error = Some(reason);
                }
            }
        }
        let done = left_out + attempt.done;
        let mut dealt_with = parked.into_iter();
        for event in dealt_with.by_ref().take(done) {
            changes.unpark.push((event.key, event.position));
        }
        let left: Vec<_> = dealt_with.collect();
        changes
            .park
            .extend(left.first().cloned().map(|first| ParkedEvent {
                attempts: first.attempts + 1,
                error: attempt.error.clone().unwrap_or_default(),
                ..first
            }));
        self.cache.clear();
        let position = desk.progress.position();
        if !self.commit(desk, position, changes).await? {
            self.open(desk).await?;
            return Ok(Some(Released {
                done: 0,
                left: (done + left.len()) as u64,
                error: Some("somebody else has moved the view: try again".into()),
            }));
        }
        Ok(Some(Released {
            done: done as u64,
            left: left.len() as u64,
            error: attempt.error,
        }))
    }

    async fn attempt(
        &self,
        desk: &mut Desk,
        key: &Bytes,
        events: &[FeedEvent],
    ) -> Result<Attempt<V>, Halt> {
        let mut stored = self.stored(desk, std::slice::from_ref(key)).await?.pop();
        let mut attempt = Attempt {
            slot: None,
            done: 0,
            error: None,
        };
        for event in events {
            if let Err(reason) = self.project_parked(&mut attempt.slot, &mut stored, key, event) {
                attempt.error = Some(reason);
                break;
            }
            attempt.done += 1;
        }
        Ok(attempt)
    }

    /// Projects one event on the document with this key, if it is for it.
    fn project_parked(
        &self,
        document: &mut Option<Slot<V>>,
        stored: &mut Option<(Option<V>, usize)>,
        key: &Bytes,
        event: &FeedEvent,
    ) -> Result<(), String> {
        if event.meta().is_erased() {
            return Ok(());
        }
        let Some(way) = self.routes.number(event) else {
            return Ok(());
        };
        let mut plan = Plan::new(event.position(), self.mixed);
        self.route(&mut plan, event, 0, way)?;
        // The program may have changed since, and say now that the event is for another document.
        let Some(mut slot) = plan.slots.into_iter().find(|slot| slot.key == *key) else {
            return Ok(());
        };
        if document.is_none() {
            let (found, bytes) = stored.take().unwrap_or_default();
            slot.set_stored(found, bytes);
        }
        self.project(document.get_or_insert(slot), event, way)
    }
}
