//! The events that were read last, for all who follow the log.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use futures::future::{BoxFuture, Shared};

use crate::{FeedEvent, Position, ReadError, store::ERASED};

/// Events that lie side by side, as they were read at once.
#[derive(Debug)]
pub(super) struct Segment {
    after: Position,
    events: Vec<FeedEvent>,
    /// Where the log ended when they were read.
    head: Position,
    bytes: usize,
}

impl Segment {
    pub(super) fn new(after: Position, events: Vec<FeedEvent>, head: Position) -> Self {
        let bytes = events.iter().map(|event| event.stored().payload.len());
        Self {
            after,
            bytes: bytes.sum(),
            events,
            head,
        }
    }

    const fn last(&self) -> Position {
        self.after.plus(self.events.len() as u64)
    }

    fn marks_erasure(&self) -> bool {
        self.events.iter().any(|event| event.meta().name == ERASED)
    }
}

/// The events after a position: never more than were read at once, and none only where the log ends.
#[derive(Clone, Debug)]
pub(crate) struct FeedPage {
    segment: Arc<Segment>,
    from: usize,
}

impl FeedPage {
    /// What a segment has after a position, if it has what comes next.
    pub(super) fn of(segment: &Arc<Segment>, after: Position) -> Option<Self> {
        let from = after.get().checked_sub(segment.after.get())?;
        let from = usize::try_from(from).ok()?;
        (from < segment.events.len() || from == 0).then(|| Self {
            segment: Arc::clone(segment),
            from,
        })
    }

    /// The position that it comes after.
    pub(crate) fn after(&self) -> Position {
        self.segment.after.plus(self.from as u64)
    }

    /// The events, side by side.
    pub(crate) fn events(&self) -> &[FeedEvent] {
        self.segment.events.get(self.from..).unwrap_or_default()
    }

    /// Where the log ended when the page was read: what was erased up to there, it does not say.
    pub(crate) fn head(&self) -> Position {
        self.segment.head
    }

    /// The last position of the page; where there is none, that before it.
    pub(crate) fn last(&self) -> Position {
        self.segment.last()
    }
}

/// A read that is going on, for all who want the same.
pub(super) type Reading = Shared<BoxFuture<'static, Result<Arc<Segment>, ReadError>>>;

/// The segments that were read last, up to a number of events and bytes, and the reads that are going on.
#[derive(Debug, Default)]
pub(super) struct Window {
    by_first: BTreeMap<Position, Arc<Segment>>,
    by_age: VecDeque<Arc<Segment>>,
    events: usize,
    bytes: usize,
    readings: BTreeMap<Position, (u64, Reading)>,
    started: u64,
}

impl Window {
    const EVENTS: usize = 8_192;
    const BYTES: usize = 16 << 20;

    /// What comes after a position, if it was read lately.
    pub(super) fn page(&self, after: Position) -> Option<FeedPage> {
        let (_, segment) = self.by_first.range(..=after.plus(1)).next_back()?;
        FeedPage::of(segment, after)
    }

    /// The read of what comes after a position, and its number; `start` begins it if nobody has.
    pub(super) fn reading(
        &mut self,
        after: Position,
        start: impl FnOnce() -> Reading,
    ) -> (u64, Reading) {
        if let Some(reading) = self.readings.get(&after) {
            return reading.clone();
        }
        self.started += 1;
        let reading = (self.started, start());
        self.readings.insert(after, reading.clone());
        reading
    }

    /// A read has ended: whoever comes first says so for all.
    pub(super) fn read(&mut self, after: Position, number: u64, segment: Option<&Arc<Segment>>) {
        let is_known = |(started, _): &(u64, Reading)| *started == number;
        if !self.readings.get(&after).is_some_and(is_known) {
            return;
        }
        self.readings.remove(&after);
        let Some(segment) = segment.filter(|segment| !segment.events.is_empty()) else {
            return;
        };
        // What was read before a stream was erased says what is to be forgotten.
        if segment.marks_erasure() {
            self.clear();
        }
        self.keep(segment);
    }

    /// Gives a read up that nobody waits for any more: it would keep what it holds of the store, a connection say.
    pub(super) fn give_up(&mut self, after: Position, number: u64) -> Option<Reading> {
        // One is held here.
        let is_left = |(started, reading): &(u64, Reading)| {
            *started == number && reading.strong_count().is_none_or(|held| held <= 1)
        };
        self.readings.get(&after).filter(|read| is_left(read))?;
        let (_, reading) = self.readings.remove(&after)?;
        Some(reading)
    }

    /// Forgets what was read, and takes nothing from the reads that are going on.
    pub(super) fn clear(&mut self) {
        *self = Self {
            started: self.started,
            ..Self::default()
        };
    }

    fn keep(&mut self, segment: &Arc<Segment>) {
        self.events += segment.events.len();
        self.bytes += segment.bytes;
        self.by_age.push_back(Arc::clone(segment));
        self.by_first
            .insert(segment.after.plus(1), Arc::clone(segment));
        while self.events > Self::EVENTS || self.bytes > Self::BYTES {
            let Some(oldest) = self.by_age.pop_front() else {
                break;
            };
            self.events -= oldest.events.len();
            self.bytes -= oldest.bytes;
            let first = oldest.after.plus(1);
            let is_it = |kept: &Arc<Segment>| Arc::ptr_eq(kept, &oldest);
            if self.by_first.get(&first).is_some_and(is_it) {
                self.by_first.remove(&first);
            }
        }
    }
}
