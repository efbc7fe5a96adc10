//! Events as rows: what is sealed by the checksum, and reading them back.

use std::fmt::Write;

use cqrs_core::{
    CausationId, CommandId, CorrelationId, EventId, EventMeta, Metadata, NewEvent, StoreError,
    StoredEvent, Tag, store::error::StoreErrorKind,
};
use rusqlite::{Connection, Row, types::ValueRef};
use uuid::Uuid;

use crate::{
    error::{corrupt, store_error},
    interned::Texts,
    numbers::{from_sql, position, revision, time},
};

/// The columns of an event, in the order in which [`Stored::of`] reads them.
pub(crate) const COLUMNS: &str = "position, stream, revision, event_id, name, version, recorded_at, \
     coalesce(key_id, encoding), checksum, erased_at, command_id, correlation_id, causation_id, actor, tenant, \
     tags, payload";

/// The payload is JSON.
pub(crate) const JSON: i64 = 0;

/// Everything that a checksum covers beside the texts of stream and name: a whole row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) position: i64,
    pub(crate) revision: i64,
    pub(crate) id: &'a [u8],
    pub(crate) version: u32,
    pub(crate) recorded_at: i64,
    pub(crate) erased_at: Option<i64>,
    pub(crate) command: Option<&'a [u8]>,
    pub(crate) correlation: Option<&'a [u8]>,
    pub(crate) causation: Option<&'a [u8]>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) tags: Option<&'a str>,
    pub(crate) payload: &'a [u8],
}

impl Sealed<'_> {
    pub(crate) fn checksum(&self, stream_crc: u32, name_crc: u32) -> u32 {
        let texts = [self.actor, self.tenant, self.tags];
        // The fixed part in one piece: many small ones would cost more than they weigh.
        let mut head = Head::default();
        head.put(&self.position.to_le_bytes());
        head.put(&self.revision.to_le_bytes());
        head.put(&self.recorded_at.to_le_bytes());
        head.put(&self.erased_at.unwrap_or(-1).to_le_bytes());
        head.put(&stream_crc.to_le_bytes());
        head.put(&name_crc.to_le_bytes());
        head.put(&self.version.to_le_bytes());
        head.put(self.id);
        for id in [self.command, self.correlation, self.causation] {
            head.put(&[u8::from(id.is_some())]);
            head.put(id.unwrap_or_default());
        }
        for text in texts {
            head.put(&[u8::from(text.is_some())]);
            head.put(&(text.map_or(0, str::len) as u64).to_le_bytes());
        }
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&head.bytes[..head.length]);
        for text in texts.into_iter().flatten() {
            hasher.update(text.as_bytes());
        }
        hasher.update(self.payload);
        hasher.finalize()
    }
}

/// The fixed part of a checksum. What does not fit is left out, which only a damaged row can cause.
struct Head {
    bytes: [u8; 192],
    length: usize,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            bytes: [0; 192],
            length: 0,
        }
    }
}

impl Head {
    fn put(&mut self, part: &[u8]) {
        let end = self.length + part.len();
        if let Some(room) = self.bytes.get_mut(self.length..end) {
            room.copy_from_slice(part);
            self.length = end;
        }
    }
}

/// A row as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    pub(crate) stream: i64,
    pub(crate) name: i64,
    /// Whether the payload is JSON and nothing else.
    plain: bool,
    checksum: i64,
    sealed: Sealed<'a>,
}

impl<'a> Stored<'a> {
    /// The row of a statement that selects [`COLUMNS`].
    pub(crate) fn of(row: &'a Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            stream: row.get(1)?,
            name: row.get(4)?,
            plain: row.get_ref(7)? == ValueRef::Integer(JSON),
            checksum: row.get(8)?,
            sealed: Sealed {
                position: row.get(0)?,
                revision: row.get(2)?,
                id: row.get_ref(3)?.as_blob()?,
                version: row.get(5)?,
                recorded_at: row.get(6)?,
                erased_at: row.get(9)?,
                command: row.get_ref(10)?.as_blob_or_null()?,
                correlation: row.get_ref(11)?.as_blob_or_null()?,
                causation: row.get_ref(12)?.as_blob_or_null()?,
                actor: row.get_ref(13)?.as_str_or_null()?,
                tenant: row.get_ref(14)?.as_str_or_null()?,
                tags: row.get_ref(15)?.as_str_or_null()?,
                payload: row.get_ref(16)?.as_blob()?,
            },
        })
    }

    /// The event, when the row is what was written.
    pub(crate) fn event(
        &self,
        connection: &Connection,
        texts: &mut Texts,
    ) -> Result<StoredEvent, StoreError> {
        let row = &self.sealed;
        let name = texts.name(connection, self.name)?;
        let stream = texts.stream(connection, self.stream)?;
        if i64::from(row.checksum(stream.crc, name.crc)) != self.checksum {
            return Err(damaged(row.position));
        }
        if !self.plain {
            return Err(StoreError::new(
                StoreErrorKind::TooNew,
                format!(
                    "the event at position {} is encoded by a newer version: update `cqrs-sqlite`",
                    row.position
                ),
            ));
        }
        Ok(StoredEvent {
            meta: EventMeta {
                id: EventId::new(uuid(row.id, row.position)?),
                stream: stream.text,
                revision: revision(row.revision),
                position: position(row.position),
                recorded_at: time(row.recorded_at),
                name: name.text,
                version: row.version,
                metadata: self.metadata(texts)?,
                tags: self.tags()?,
                erased_at: row.erased_at.map(time),
            },
            payload: texts.bytes(row.payload),
        })
    }

    fn metadata(&self, texts: &mut Texts) -> Result<Metadata, StoreError> {
        let row = &self.sealed;
        let mut metadata = Metadata::new();
        if let Some(id) = row.command {
            metadata = metadata.command(CommandId::new(uuid(id, row.position)?));
        }
        if let Some(id) = row.correlation {
            metadata = metadata.correlation(CorrelationId::new(uuid(id, row.position)?));
        }
        if let Some(id) = row.causation {
            metadata = metadata.causation(CausationId::new(uuid(id, row.position)?));
        }
        if let Some(actor) = row.actor {
            metadata = metadata.actor(texts.label(actor));
        }
        if let Some(tenant) = row.tenant {
            metadata = metadata.tenant(texts.label(tenant));
        }
        Ok(metadata)
    }

    fn tags(&self) -> Result<Vec<Tag>, StoreError> {
        let lines = self.sealed.tags.into_iter().flat_map(str::lines);
        lines
            .map(Tag::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| damaged(self.sealed.position).because(error))
    }
}

/// The event of a statement's row.
pub(crate) fn event(
    row: &Row<'_>,
    connection: &Connection,
    texts: &mut Texts,
) -> Result<StoredEvent, StoreError> {
    Stored::of(row)
        .map_err(|error| match (error.sqlite_error_code(), row.get(0)) {
            // Not SQLite itself: a column holds what was never written there.
            (None, Ok(position)) => damaged(position).because(error),
            _ => store_error(error),
        })?
        .event(connection, texts)
}

/// The tags of an event as its row holds them: one a line, since no tag has a line break.
pub(crate) fn tag_lines(event: &NewEvent) -> Option<String> {
    let (first, rest) = event.tags.split_first()?;
    let mut lines = first.as_str().to_owned();
    for tag in rest {
        // Writing to a string does not fail.
        let _written = write!(lines, "\n{}", tag.as_str());
    }
    Some(lines)
}

fn uuid(bytes: &[u8], position: i64) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|error| damaged(position).because(error))
}

fn damaged(position: i64) -> StoreError {
    corrupt(format!(
        "the event at position {} is not what was written: restore a backup",
        from_sql(position)
    ))
}
