//! Texts that many rows share: read from the file once, and handed out without copying.

use std::{collections::HashMap, sync::Arc};

use bytes::{Bytes, BytesMut};
use cqrs_core::{Name, StoreError, StreamId};
use rusqlite::{Connection, OptionalExtension};

use crate::error::{corrupt, store_error};

/// A text, with the number that it goes into checksums with.
#[derive(Clone, Debug)]
pub(crate) struct Interned<T> {
    pub(crate) text: T,
    pub(crate) crc: u32,
}

/// The names and streams that one connection has met, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    names: Recent<Name>,
    streams: Recent<StreamId>,
    labels: HashMap<Arc<str>, Name>,
    buffer: BytesMut,
}

/// How many texts of a kind are kept at most; then it begins again.
const KEPT: usize = 1 << 14;

/// How many bytes of payloads share an allocation, and are kept as long as one of them is.
const SHARED: usize = 16 << 10;

impl Texts {
    /// The name with this number.
    pub(crate) fn name(
        &mut self,
        connection: &Connection,
        number: i64,
    ) -> Result<Interned<Name>, StoreError> {
        if let Some(known) = self.names.get(number) {
            return Ok(known);
        }
        let text: Option<String> = connection
            .prepare_cached("SELECT name FROM names WHERE id = ?1")
            .and_then(|mut select| select.query_row([number], |row| row.get(0)).optional())
            .map_err(store_error)?;
        let text = text.ok_or_else(|| corrupt(format!("name {number} is missing")))?;
        let interned = Interned {
            crc: name_crc(&text),
            text: Name::from(text),
        };
        Ok(self.names.keep(number, interned))
    }

    /// The stream with this number.
    pub(crate) fn stream(
        &mut self,
        connection: &Connection,
        number: i64,
    ) -> Result<Interned<StreamId>, StoreError> {
        if let Some(known) = self.streams.get(number) {
            return Ok(known);
        }
        let row: Option<(i64, String)> = connection
            .prepare_cached("SELECT aggregate, stream FROM streams WHERE id = ?1")
            .and_then(|mut select| {
                select
                    .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .map_err(store_error)?;
        let (aggregate, id) = row.ok_or_else(|| corrupt(format!("stream {number} is missing")))?;
        let aggregate = self.name(connection, aggregate)?.text;
        let text = StreamId::new(aggregate, id)
            .map_err(|error| corrupt(format!("stream {number} has no valid id")).because(error))?;
        let interned = Interned {
            crc: stream_crc(&text),
            text,
        };
        Ok(self.streams.keep(number, interned))
    }

    /// A copy of bytes. Small ones share an allocation with their neighbours, which is several times as fast as one
    /// each that another thread frees.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Bytes {
        if bytes.is_empty() {
            return Bytes::new();
        }
        if bytes.len() > SHARED / 4 {
            return Bytes::copy_from_slice(bytes);
        }
        if self.buffer.capacity() < bytes.len() {
            self.buffer = BytesMut::with_capacity(SHARED);
        }
        self.buffer.extend_from_slice(bytes);
        self.buffer.split().freeze()
    }

    /// A text that is likely to come again: an actor or a tenant.
    pub(crate) fn label(&mut self, text: &str) -> Name {
        if let Some(name) = self.labels.get(text) {
            return name.clone();
        }
        if self.labels.len() >= KEPT {
            self.labels.clear();
        }
        let text: Arc<str> = text.into();
        let name = Name::from(Arc::clone(&text));
        self.labels.insert(text, name.clone());
        name
    }

    /// Forgets what was met, after the transaction that it was met in was taken back.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Texts by their numbers; the last one is at hand, since neighbours often share theirs.
#[derive(Debug)]
struct Recent<T> {
    last: Option<(i64, Interned<T>)>,
    known: HashMap<i64, Interned<T>>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self {
            last: None,
            known: HashMap::new(),
        }
    }
}

impl<T: Clone> Recent<T> {
    fn get(&mut self, number: i64) -> Option<Interned<T>> {
        match &self.last {
            Some((last, interned)) if *last == number => Some(interned.clone()),
            _ => {
                let interned = self.known.get(&number)?.clone();
                self.last = Some((number, interned.clone()));
                Some(interned)
            }
        }
    }

    fn keep(&mut self, number: i64, interned: Interned<T>) -> Interned<T> {
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.known.insert(number, interned.clone());
        interned
    }
}

/// The number of a name; `None` when it was never stored.
pub(crate) fn number_of_name(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM names WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

/// The number of a stream; `None` when it has no events.
pub(crate) fn number_of_stream(
    connection: &Connection,
    stream: &StreamId,
) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT streams.id FROM names JOIN streams ON streams.aggregate = names.id
             WHERE names.name = ?1 AND streams.stream = ?2",
        )?
        .query_row([stream.aggregate(), stream.id()], |row| row.get(0))
        .optional()
}

/// What a name adds to a checksum.
pub(crate) fn name_crc(name: &str) -> u32 {
    crc32fast::hash(name.as_bytes())
}

/// What a stream adds to a checksum.
pub(crate) fn stream_crc(stream: &StreamId) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(stream.aggregate().as_bytes());
    // Neither text can have it, so it keeps them apart.
    hasher.update(&[0]);
    hasher.update(stream.id().as_bytes());
    hasher.finalize()
}

/// The revision of a stream's last event.
pub(crate) fn revision_of(connection: &Connection, stream: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(revision), 0) FROM events WHERE stream = ?1")?
        .query_row([stream], |row| row.get(0))
}
