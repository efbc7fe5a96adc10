//! The events, by position.

use crate::{Position, StoredEvent};

/// Events in chunks, so that a log that grows is never copied.
#[derive(Debug, Default)]
pub(super) struct Log {
    chunks: Vec<Vec<StoredEvent>>,
}

const CHUNK: usize = 1 << 12;

impl Log {
    pub(super) fn head(&self) -> Position {
        let last = self.chunks.last().map_or(0, Vec::len);
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        Position::new((full + last) as u64)
    }

    /// Adds the event that belongs behind the head.
    pub(super) fn push(&mut self, event: StoredEvent) {
        debug_assert_eq!(event.meta.position, self.head().plus(1));
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(event),
            // The first one grows by itself: most stores in tests stay small.
            None => self.chunks.push(vec![event]),
            Some(_) => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(event);
                self.chunks.push(chunk);
            }
        }
    }

    pub(super) fn get(&self, position: Position) -> Option<&StoredEvent> {
        let (chunk, at) = place(position)?;
        self.chunks.get(chunk)?.get(at)
    }

    pub(super) fn get_mut(&mut self, position: Position) -> Option<&mut StoredEvent> {
        let (chunk, at) = place(position)?;
        self.chunks.get_mut(chunk)?.get_mut(at)
    }
}

fn place(position: Position) -> Option<(usize, usize)> {
    let index = usize::try_from(position.get().checked_sub(1)?).ok()?;
    Some((index / CHUNK, index % CHUNK))
}
