//! Which documents a page of events touches.

use std::collections::HashMap;

use bytes::Bytes;

use super::ViewFollower;
use crate::{
    FeedEvent, Follow, Position, View,
    feed::FeedPage,
    guard::{guarded, with_causes},
    projection::desk::{Desk, Halt},
    store::{ERASED, documents::ParkedEvent},
    view::{KeysRepr, ordered_bytes},
};

/// How a view follows events, by their stored names.
pub(super) struct Routes<V: View> {
    follows: Vec<Follow<V>>,
    by_name: HashMap<&'static str, Vec<usize>>,
}

impl<V: View> Routes<V> {
    pub(super) fn new() -> Self {
        let follows = V::follows();
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for (number, follow) in follows.iter().enumerate() {
            for name in follow.kind.names() {
                by_name.entry(name).or_default().push(number);
            }
        }
        Self { follows, by_name }
    }

    /// How the view follows an event, if it does.
    pub(super) fn find(&self, event: &FeedEvent) -> Option<&Follow<V>> {
        self.number(event).and_then(|number| self.get(number))
    }

    pub(super) fn number(&self, event: &FeedEvent) -> Option<usize> {
        let numbers = self.by_name.get(&*event.meta().name)?;
        let wants = |number: &&usize| self.get(**number).is_some_and(|follow| follow.wants(event));
        numbers.iter().find(wants).copied()
    }

    pub(super) fn get(&self, number: usize) -> Option<&Follow<V>> {
        self.follows.get(number)
    }
}

/// The documents that a page touches, and how.
pub(super) struct Plan<V: View> {
    pub(super) slots: Vec<Slot<V>>,
    pub(super) touches: Vec<Touch>,
    /// How far it goes.
    pub(super) last: Position,
    /// Why not further.
    pub(super) stop: Option<String>,
    /// Whether a document may be made of more than one stream.
    pub(super) mixed: bool,
    by_key: HashMap<Bytes, usize>,
}

/// One document, while a page changes it.
pub(super) struct Slot<V: View> {
    pub(super) key: Bytes,
    pub(super) id: V::Key,
    pub(super) document: Option<V>,
    /// How many bytes it has as it was last read or written.
    pub(super) bytes: usize,
    /// The stored one's bytes, if there is one.
    pub(super) stored: Option<usize>,
    pub(super) changed: bool,
    /// Whether its events are parked, for now.
    pub(super) held: bool,
    /// Where its stream was erased in this page: what was parked before is dealt with.
    pub(super) forgotten: bool,
    pub(super) park: Vec<ParkedEvent>,
}

/// What happens to one document: by number of its slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    pub(super) slot: usize,
    /// The event's number in the page.
    pub(super) event: usize,
    pub(super) change: Change,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// The event is projected, in the way with this number.
    Project(usize),
    /// The document's stream was erased.
    Forget,
}

impl<V: View> Plan<V> {
    pub(super) fn new(last: Position, mixed: bool) -> Self {
        Self {
            slots: Vec::new(),
            touches: Vec::new(),
            last,
            stop: None,
            mixed,
            by_key: HashMap::new(),
        }
    }

    fn slot(&mut self, id: V::Key) -> Result<usize, String> {
        let encoded = ordered_bytes(&id).map_err(|error| error.to_string())?;
        if let Some(slot) = self.by_key.get(&*encoded) {
            return Ok(*slot);
        }
        let key = Bytes::from(encoded);
        self.slots.push(Slot {
            key: key.clone(),
            id,
            document: None,
            bytes: 0,
            stored: None,
            changed: false,
            held: false,
            forgotten: false,
            park: Vec::new(),
        });
        self.by_key.insert(key, self.slots.len() - 1);
        Ok(self.slots.len() - 1)
    }

    /// Notes that an event touches a document, once.
    fn touch(&mut self, id: V::Key, event: usize, change: Change) -> Result<(), String> {
        let slot = self.slot(id)?;
        let again = self
            .touches
            .iter()
            .rev()
            .take_while(|touch| touch.event == event)
            .any(|touch| touch.slot == slot);
        if !again {
            self.touches.push(Touch {
                slot,
                event,
                change,
            });
        }
        Ok(())
    }

    /// Goes only up to before this event.
    fn stop_before(&mut self, event: &FeedEvent, number: usize, reason: &str) {
        self.touches.retain(|touch| touch.event < number);
        self.last = event.position().previous();
        self.stop = Some(format!(
            "event `{}` at position {} ({}): {reason}",
            event.meta().name,
            event.position(),
            event.meta().stream,
        ));
    }
}

impl<V: View> ViewFollower<V> {
    /// Which documents the page touches; `None` when the view must be built again.
    pub(super) async fn plan(
        &self,
        desk: &mut Desk,
        page: &FeedPage,
    ) -> Result<Option<Plan<V>>, Halt> {
        let mut plan = Plan::new(page.last(), self.mixed);
        for (number, event) in page.events().iter().enumerate() {
            let meta = event.meta();
            if meta.name == ERASED {
                if meta.position > self.clean_until && self.follows(desk, &meta.stream).await? {
                    if plan.mixed {
                        return Ok(None);
                    }
                    if let Some(id) = V::key_of_stream(meta.stream.id())
                        && let Err(reason) = plan.touch(id, number, Change::Forget)
                    {
                        plan.stop_before(event, number, &reason);
                        break;
                    }
                }
            } else if !meta.is_erased()
                && let Some(way) = self.routes.number(event)
                && let Err(reason) = self.route(&mut plan, event, number, way)
            {
                plan.stop_before(event, number, &reason);
                break;
            }
        }
        Ok(Some(plan))
    }

    /// Notes which documents an event touches.
    pub(super) fn route(
        &self,
        plan: &mut Plan<V>,
        event: &FeedEvent,
        number: usize,
        way: usize,
    ) -> Result<(), String> {
        let Some(follow) = self.routes.get(way) else {
            return Ok(());
        };
        let keys = guarded(|| (follow.keys)(event))
            .map_err(|panic| format!("`keys` {panic}"))?
            .map_err(|error| with_causes(&error))?;
        let change = Change::Project(way);
        match keys.0 {
            KeysRepr::Stream => {
                let stream = &event.meta().stream;
                let id = guarded(|| V::key_of_stream(stream.id()))?.ok_or_else(|| {
                    let id = stream.id();
                    format!("the id `{id}` is no key of this view: say in `Project::keys` which documents the event touches")
                })?;
                plan.touch(id, number, change)
            }
            KeysRepr::One(id) => {
                plan.mixed = true;
                plan.touch(id, number, change)
            }
            KeysRepr::Many(ids) => {
                plan.mixed |= !ids.is_empty();
                ids.into_iter()
                    .try_for_each(|id| plan.touch(id, number, change))
            }
        }
    }
}
