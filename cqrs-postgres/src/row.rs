//! Events as rows: what is sealed by the checksum, and reading them back.

use std::{fmt::Write, time::SystemTime};

use cqrs_core::{
    CausationId, CommandId, CorrelationId, EventId, EventMeta, Metadata, NewEvent, StoreError,
    StoredEvent, StreamId, Tag, store::error::StoreErrorKind,
};
use tokio_postgres::{Row, types::FromSql};
use uuid::Uuid;

use crate::{
    error::corrupt,
    numbers::{from_sql, position, revision},
    texts::Texts,
};

/// The columns of an event, in the order in which [`event`] reads them. A payload that is not plain JSON has a negative
/// encoding.
pub(crate) const COLUMNS: &str = "position, revision, event_id, stream_type, stream_id, name, version, recorded_at, \
     CASE WHEN key_id IS NULL THEN encoding ELSE -1::smallint END AS encoding, checksum, erased_at, \
     command_id, correlation_id, causation_id, actor, tenant, tags, payload";

/// How many columns [`COLUMNS`] names.
pub(crate) const WIDTH: usize = 18;

/// The payload is JSON.
const JSON: i16 = 0;

/// What a checksum covers: everything that the writer of an event knew. Position and revision are told by having no
/// gaps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) id: Uuid,
    pub(crate) aggregate: &'a str,
    pub(crate) stream: &'a str,
    pub(crate) name: &'a str,
    pub(crate) version: u32,
    pub(crate) erased: bool,
    pub(crate) command: Option<Uuid>,
    pub(crate) correlation: Option<Uuid>,
    pub(crate) causation: Option<Uuid>,
    pub(crate) actor: Option<&'a str>,
    pub(crate) tenant: Option<&'a str>,
    pub(crate) tags: Option<&'a str>,
    pub(crate) payload: &'a [u8],
}

impl<'a> Sealed<'a> {
    /// An event that is to be stored.
    pub(crate) fn new(stream: &'a StreamId, event: &'a NewEvent, tags: Option<&'a str>) -> Self {
        let metadata = &event.metadata;
        Self {
            id: event.id.get(),
            aggregate: stream.aggregate(),
            stream: stream.id(),
            name: &event.name,
            version: event.version,
            erased: false,
            command: metadata.command_id().map(CommandId::get),
            correlation: metadata.correlation_id().map(CorrelationId::get),
            causation: metadata.causation_id().map(CausationId::get),
            actor: metadata.actor_name(),
            tenant: metadata.tenant_name(),
            tags,
            payload: &event.payload,
        }
    }

    /// What stays of an event that was erased, or the mark of that.
    pub(crate) fn remains(
        id: Uuid,
        stream: &'a StreamId,
        name: &'a str,
        version: u32,
        erased: bool,
    ) -> Self {
        Self {
            id,
            aggregate: stream.aggregate(),
            stream: stream.id(),
            name,
            version,
            erased,
            command: None,
            correlation: None,
            causation: None,
            actor: None,
            tenant: None,
            tags: None,
            payload: &[],
        }
    }

    /// The CRC-32, as an `integer` holds it.
    pub(crate) fn checksum(&self) -> i32 {
        let texts = [
            Some(self.aggregate),
            Some(self.stream),
            Some(self.name),
            self.actor,
            self.tenant,
            self.tags,
        ];
        // The fixed part in one piece: many small ones would cost more than they weigh.
        let mut head = [0; 128];
        let mut length = 0;
        let mut put = |part: &[u8]| {
            let end = length + part.len();
            if let Some(room) = head.get_mut(length..end) {
                room.copy_from_slice(part);
                length = end;
            }
        };
        put(&self.version.to_le_bytes());
        put(&[u8::from(self.erased)]);
        put(self.id.as_bytes());
        for id in [self.command, self.correlation, self.causation] {
            put(&[u8::from(id.is_some())]);
            put(id.unwrap_or_default().as_bytes());
        }
        for text in texts {
            let bytes = text.map_or(u32::MAX, |text| u32::try_from(text.len()).unwrap_or(0));
            put(&bytes.to_le_bytes());
        }
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&head[..length]);
        for text in texts.into_iter().flatten() {
            hasher.update(text.as_bytes());
        }
        hasher.update(self.payload);
        hasher.finalize().cast_signed()
    }
}

/// The event of a row that begins with [`COLUMNS`], when it is what was written.
pub(crate) fn event(row: &Row, texts: &mut Texts) -> Result<StoredEvent, StoreError> {
    let place: i64 = get(row, 0)?;
    let (name, version) = (get::<&str>(row, 5)?, get::<i64>(row, 6)?);
    let erased_at: Option<SystemTime> = get(row, 10)?;
    let sealed = Sealed {
        id: get(row, 2)?,
        aggregate: get(row, 3)?,
        stream: get(row, 4)?,
        name,
        version: u32::try_from(version).map_err(|error| damaged(place).because(error))?,
        erased: erased_at.is_some(),
        command: get(row, 11)?,
        correlation: get(row, 12)?,
        causation: get(row, 13)?,
        actor: get(row, 14)?,
        tenant: get(row, 15)?,
        tags: get(row, 16)?,
        payload: get(row, 17)?,
    };
    if sealed.checksum() != get::<i32>(row, 9)? {
        return Err(damaged(place));
    }
    if get::<i16>(row, 8)? != JSON {
        return Err(StoreError::new(
            StoreErrorKind::TooNew,
            format!(
                "the event at position {place} is encoded by a newer version: update `cqrs-postgres`"
            ),
        ));
    }
    let stream = texts.stream(sealed.aggregate, sealed.stream);
    Ok(StoredEvent {
        meta: EventMeta {
            id: EventId::new(sealed.id),
            stream: stream.map_err(|error| damaged(place).because(error))?,
            revision: revision(get(row, 1)?),
            position: position(place),
            recorded_at: get(row, 7)?,
            name: texts.name(sealed.name),
            version: sealed.version,
            metadata: metadata(&sealed, texts),
            tags: tags(&sealed, place)?,
            erased_at,
        },
        payload: texts.bytes(sealed.payload),
    })
}

fn metadata(sealed: &Sealed<'_>, texts: &mut Texts) -> Metadata {
    let mut metadata = Metadata::new();
    if let Some(id) = sealed.command {
        metadata = metadata.command(CommandId::new(id));
    }
    if let Some(id) = sealed.correlation {
        metadata = metadata.correlation(CorrelationId::new(id));
    }
    if let Some(id) = sealed.causation {
        metadata = metadata.causation(CausationId::new(id));
    }
    if let Some(actor) = sealed.actor {
        metadata = metadata.actor(texts.name(actor));
    }
    if let Some(tenant) = sealed.tenant {
        metadata = metadata.tenant(texts.name(tenant));
    }
    metadata
}

fn tags(sealed: &Sealed<'_>, place: i64) -> Result<Vec<Tag>, StoreError> {
    let lines = sealed.tags.into_iter().flat_map(str::lines);
    lines
        .map(Tag::parse)
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(place).because(error))
}

/// A column; one of another type than ours is of another program's table.
pub(crate) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, StoreError> {
    row.try_get(column).map_err(|error| {
        corrupt("a column of the PostgreSQL store has another type than it was made with")
            .because(error)
    })
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

fn damaged(position: i64) -> StoreError {
    corrupt(format!(
        "the event at position {} is not what was written: restore a backup",
        from_sql(position)
    ))
}
