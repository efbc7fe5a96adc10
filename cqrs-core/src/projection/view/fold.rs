//! Changing documents by a page of events, in memory.

use std::sync::Arc;

use bytes::Bytes;
use serde::Serialize;

use super::{
    ViewFollower,
    plan::{Change, Plan, Slot, Touch},
};
use crate::{
    FeedEvent, Position, View,
    feed::FeedPage,
    guard::{guarded, with_causes},
    projection::desk::{Desk, Halt},
    store::documents::ParkedEvent,
};

impl<V: View> ViewFollower<V> {
    /// Gets the documents that the page touches, all at once.
    pub(super) async fn load(&mut self, desk: &mut Desk, plan: &mut Plan<V>) -> Result<(), Halt> {
        let mut missing = Vec::new();
        let mut keys = Vec::new();
        for (number, slot) in plan.slots.iter_mut().enumerate() {
            slot.held = desk.progress.is_held(&slot.key);
            if let Some((document, bytes)) = self.cache.take(&slot.key) {
                slot.set_stored(Some(document), bytes);
            } else {
                missing.push(number);
                keys.push(slot.key.clone());
            }
        }
        let found = self.stored(desk, &keys).await?;
        for (number, (document, bytes)) in missing.into_iter().zip(found) {
            if let Some(slot) = plan.slots.get_mut(number) {
                slot.set_stored(document, bytes);
            }
        }
        Ok(())
    }

    /// The stored documents with these keys, and their sizes.
    pub(super) async fn stored(
        &self,
        desk: &mut Desk,
        keys: &[Bytes],
    ) -> Result<Vec<(Option<V>, usize)>, Halt> {
        if keys.is_empty() || self.checkpoint.is_none() {
            return Ok(keys.iter().map(|_| (None, 0)).collect());
        }
        let source = Arc::clone(&self.source);
        let reading = desk
            .insist(|| source.store.documents(&source.subscription, keys))
            .await?;
        reading.found.into_iter().map(parse).collect()
    }

    /// Projects each event on the documents it touches.
    pub(super) async fn fold(
        &self,
        desk: &mut Desk,
        page: &FeedPage,
        plan: &mut Plan<V>,
    ) -> Result<(), Halt> {
        let mut broken = Vec::new();
        for touch in &plan.touches {
            let (Some(event), Some(slot)) = (
                page.events().get(touch.event),
                plan.slots.get_mut(touch.slot),
            ) else {
                continue;
            };
            match touch.change {
                Change::Forget => slot.forget(),
                Change::Project(_) if slot.held => slot.park_behind(event, desk),
                Change::Project(way) => {
                    if let Err(reason) = self.project(slot, event, way) {
                        slot.held = true;
                        slot.park_failed(event, reason, desk);
                        broken.push((touch.slot, touch.event));
                    }
                }
            }
        }
        // A failure takes the document with it, so it is made again up to there.
        for (slot, until) in broken {
            let is_forgotten_later = |touch: &Touch| {
                touch.slot == slot && touch.event > until && matches!(touch.change, Change::Forget)
            };
            if !plan.touches.iter().any(is_forgotten_later) {
                self.recover(desk, page, plan, slot, until).await?;
            }
        }
        Ok(())
    }

    pub(super) fn project(
        &self,
        slot: &mut Slot<V>,
        event: &FeedEvent,
        way: usize,
    ) -> Result<(), String> {
        let Some(follow) = self.routes.get(way) else {
            return Ok(());
        };
        let document = slot.document.take();
        let after = guarded(|| (follow.project)(document, &slot.id, event))?
            .map_err(|error| with_causes(&error))?;
        slot.document = after;
        slot.changed = true;
        Ok(())
    }

    /// Makes a document again from what is stored, up to before an event of the page.
    async fn recover(
        &self,
        desk: &mut Desk,
        page: &FeedPage,
        plan: &mut Plan<V>,
        number: usize,
        until: usize,
    ) -> Result<(), Halt> {
        let Some(slot) = plan.slots.get_mut(number) else {
            return Ok(());
        };
        let earlier = plan.touches.iter();
        let earlier = earlier.filter(|touch| touch.slot == number && touch.event < until);
        let earlier: Vec<_> = earlier.copied().collect();
        let forgotten = earlier
            .iter()
            .rposition(|touch| matches!(touch.change, Change::Forget));
        let mut stored = self.stored(desk, std::slice::from_ref(&slot.key)).await?;
        if let Some((document, bytes)) = stored.pop() {
            slot.set_stored(document, bytes);
        }
        slot.changed = forgotten.is_some();
        if forgotten.is_some() {
            slot.document = None;
        }
        for touch in earlier.iter().skip(forgotten.map_or(0, |at| at + 1)) {
            if let (Some(event), Change::Project(way)) =
                (page.events().get(touch.event), touch.change)
            {
                self.project(slot, event, way).map_err(|reason| {
                    Halt::Fault(format!(
                        "projecting the event at position {} worked once and then not: {reason}",
                        event.position()
                    ))
                })?;
            }
        }
        Ok(())
    }
}

impl<V: View> Slot<V> {
    pub(super) fn set_stored(&mut self, document: Option<V>, bytes: usize) {
        self.stored = document.is_some().then_some(bytes);
        self.document = document;
        self.bytes = bytes;
    }

    /// Its stream was erased.
    fn forget(&mut self) {
        self.document = None;
        self.changed = true;
        self.held = false;
        self.forgotten = true;
        self.park.clear();
    }

    pub(super) fn park_failed(&mut self, event: &FeedEvent, error: String, desk: &Desk) {
        let subscription = desk.progress.subscription();
        let position = event.position();
        let key = key_text(&self.id);
        tracing::error!(%subscription, key, %position, error, "parked");
        self.park_event(event.position(), 1, error, desk);
    }

    pub(super) fn park_behind(&mut self, event: &FeedEvent, desk: &Desk) {
        self.park_event(event.position(), 0, String::new(), desk);
    }

    fn park_event(&mut self, position: Position, attempts: u32, error: String, desk: &Desk) {
        self.park.push(ParkedEvent {
            key: self.key.clone(),
            key_text: key_text(&self.id),
            position,
            attempts,
            error,
            parked_at: desk.log.clock.now(),
        });
    }
}

/// Reads a stored document, and says how many bytes it has.
fn parse<V: View>(stored: Option<Bytes>) -> Result<(Option<V>, usize), Halt> {
    let Some(stored) = stored else {
        return Ok((None, 0));
    };
    match serde_json::from_slice(&stored) {
        Ok(document) => Ok((Some(document), stored.len())),
        Err(error) => Err(Halt::Fault(format!(
            "a stored document does not fit the type, so raise the view's version: {error}"
        ))),
    }
}

/// A key, to read.
pub(super) fn key_text<K: Serialize>(key: &K) -> String {
    match serde_json::to_value(key) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_no_json) => String::new(),
    }
}
