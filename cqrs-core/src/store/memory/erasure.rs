//! Forgetting what the events of a stream say, and the snapshots that go with it.

use std::{collections::BTreeMap, mem, time::SystemTime};

use super::events::{Events, Stream};
use crate::{EventId, Metadata, Position, StreamId, Tag, store::Snapshot};

impl Events {
    /// Erases a stream and answers how many events were erased now.
    pub(super) fn erase(&mut self, stream: &StreamId, marker: EventId, now: SystemTime) -> u64 {
        let positions = self
            .streams
            .get(stream)
            .map(|known| self.left_to_erase(known))
            .unwrap_or_default();
        if positions.is_empty() {
            return 0;
        }
        let at = self.tick(now);
        let mut tags: BTreeMap<Tag, Vec<Position>> = BTreeMap::new();
        for position in &positions {
            if let Some(event) = self.log.get_mut(*position) {
                event.payload = bytes::Bytes::new();
                event.meta.metadata = Metadata::new();
                event.meta.erased_at = Some(at);
                for tag in mem::take(&mut event.meta.tags) {
                    tags.entry(tag).or_default().push(*position);
                }
            }
        }
        self.index.remove_tags(tags);
        self.record_erasure(stream, marker, at);
        if let Some(known) = self.streams.get_mut(stream) {
            known.snapshot = None;
            known.erased = known.revision();
        }
        positions.len() as u64
    }

    fn left_to_erase(&self, stream: &Stream) -> Vec<Position> {
        let events = stream.positions.iter();
        events
            .filter(|position| {
                self.log
                    .get(**position)
                    .is_some_and(|event| !event.meta.is_erased())
            })
            .copied()
            .collect()
    }

    pub(super) fn snapshot(&self, stream: &StreamId, version: u32) -> Option<Snapshot> {
        let snapshot = self.streams.get(stream)?.snapshot.as_ref()?;
        (snapshot.version == version).then(|| snapshot.clone())
    }

    pub(super) fn save_snapshot(&mut self, stream: &StreamId, snapshot: Snapshot) {
        // A snapshot of a stream that is not there is of another history.
        let Some(known) = self.streams.get_mut(stream) else {
            return;
        };
        let stored = known.snapshot.as_ref();
        let newer = stored.is_none_or(|stored| stored.revision < snapshot.revision);
        if newer && snapshot.revision >= known.erased {
            known.snapshot = Some(snapshot);
        }
    }
}
