//! The documents that were committed last.

use bytes::Bytes;
use lru::LruCache;

use super::plan::Slot;
use crate::View;

/// The documents that were committed last, up to a number and to bytes as they are stored.
///
/// Right as long as nobody else commits, which the next commit tells.
pub(super) struct Cache<V> {
    documents: LruCache<Bytes, (V, usize)>,
    bytes: usize,
}

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self {
            documents: LruCache::unbounded(),
            bytes: 0,
        }
    }
}

impl<V> Cache<V> {
    const DOCUMENTS: usize = 4_096;
    const BYTES: usize = 8 << 20;

    /// A document and its size, to be put back when it is committed.
    pub(super) fn take(&mut self, key: &Bytes) -> Option<(V, usize)> {
        let (document, bytes) = self.documents.pop(key)?;
        self.bytes -= bytes;
        Some((document, bytes))
    }

    pub(super) fn clear(&mut self) {
        self.documents.clear();
        self.bytes = 0;
    }

    fn put(&mut self, key: Bytes, document: V, bytes: usize) {
        self.bytes += bytes;
        if let Some((_, (_, replaced))) = self.documents.push(key, (document, bytes)) {
            self.bytes -= replaced;
        }
        while self.documents.len() > Self::DOCUMENTS || self.bytes > Self::BYTES {
            match self.documents.pop_lru() {
                Some((_, (_, bytes))) => self.bytes -= bytes,
                None => break,
            }
        }
    }
}

impl<V: View> Cache<V> {
    /// These have been committed as they are.
    pub(super) fn keep(&mut self, slots: Vec<Slot<V>>) {
        for slot in slots {
            if let Some(document) = slot.document {
                self.put(slot.key, document, slot.bytes);
            }
        }
    }
}
