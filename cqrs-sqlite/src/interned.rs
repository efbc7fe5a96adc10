//! Texts that many rows share: read from the file once, and handed out without copying.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
};

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
    names: HashMap<i64, Interned<Name>>,
    streams: HashMap<i64, Interned<StreamId>>,
    labels: HashMap<Arc<str>, Name>,
}

/// How many streams, and how many labels, are kept at most; then it begins again. Names are kept all: they are those of
/// types in the program.
const KEPT: usize = 1 << 14;

impl Texts {
    /// The name with this number.
    pub(crate) fn name(
        &mut self,
        connection: &Connection,
        number: i64,
    ) -> Result<&Interned<Name>, StoreError> {
        match self.names.entry(number) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(room) => {
                let text: Option<String> = connection
                    .prepare_cached("SELECT name FROM names WHERE id = ?1")
                    .and_then(|mut select| select.query_row([number], |row| row.get(0)).optional())
                    .map_err(store_error)?;
                let text = text.ok_or_else(|| corrupt(format!("name {number} is missing")))?;
                Ok(room.insert(Interned {
                    crc: name_crc(&text),
                    text: Name::from(text),
                }))
            }
        }
    }

    /// The stream with this number.
    pub(crate) fn stream(
        &mut self,
        connection: &Connection,
        number: i64,
    ) -> Result<&Interned<StreamId>, StoreError> {
        if !self.streams.contains_key(&number) {
            let row: Option<(i64, String)> = connection
                .prepare_cached("SELECT aggregate, stream FROM streams WHERE id = ?1")
                .and_then(|mut select| {
                    select
                        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))
                        .optional()
                })
                .map_err(store_error)?;
            let (aggregate, id) =
                row.ok_or_else(|| corrupt(format!("stream {number} is missing")))?;
            let aggregate = self.name(connection, aggregate)?.text.clone();
            let text = StreamId::new(aggregate, id).map_err(|error| {
                corrupt(format!("stream {number} has no valid id")).because(error)
            })?;
            if self.streams.len() >= KEPT {
                self.streams.clear();
            }
            let interned = Interned {
                crc: stream_crc(&text),
                text,
            };
            self.streams.insert(number, interned);
        }
        Ok(&self.streams[&number])
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
