//! Notices when it is not the events that are bad.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;

/// Trips when too many streams fail within a short time: parking them all would help nobody.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// For each of the last events the stream that failed, if it did.
    last: VecDeque<Option<Bytes>>,
}

impl Breaker {
    /// How many events it looks back.
    pub(super) const EVENTS: usize = 100;
    /// How many streams may fail among them.
    pub(super) const STREAMS: usize = 20;

    pub(super) fn handled(&mut self) {
        self.note(None);
    }

    /// Whether that is one too many.
    pub(super) fn failed(&mut self, stream: &Bytes) -> bool {
        self.note(Some(stream.clone()));
        let streams: BTreeSet<_> = self.last.iter().flatten().collect();
        streams.len() > Self::STREAMS
    }

    fn note(&mut self, failed: Option<Bytes>) {
        self.last.push_back(failed);
        if self.last.len() > Self::EVENTS {
            self.last.pop_front();
        }
    }
}
