//! Forgetting what the events of a stream say.

use bytes::Bytes;
use cqrs_core::{EventId, Metadata, NewEvent, StreamId, store::ERASED};
use rusqlite::{Connection, Result, params};

use super::Session;
use crate::{interned::name_crc, row::Sealed};

/// Erases a stream, and answers how many events were erased now.
pub(crate) fn erase(session: &mut Session<'_>, id: &StreamId) -> Result<u64> {
    let stream = session.stream(id)?;
    let Some(number) = stream.number else {
        return Ok(0);
    };
    let connection = session.connection;
    let events = left_to_erase(connection, number)?;
    if events.is_empty() {
        return Ok(0);
    }
    let at = session.tick();
    overwrite(connection, &events, stream.crc, at)?;
    connection.execute("DELETE FROM snapshots WHERE stream = ?1", [number])?;
    let marker = NewEvent {
        id: EventId::new(session.source.ids.next()),
        name: ERASED.into(),
        version: 1,
        payload: Bytes::new(),
        tags: Vec::new(),
        metadata: Metadata::new(),
    };
    session.record(id, &marker, at)?;
    Ok(events.len() as u64)
}

/// What stays of an event, and its tags.
struct Remains {
    position: i64,
    revision: i64,
    id: Vec<u8>,
    name: String,
    version: u32,
    recorded_at: i64,
    tags: Option<String>,
}

fn left_to_erase(connection: &Connection, stream: i64) -> Result<Vec<Remains>> {
    connection
        .prepare_cached(
            "SELECT position, revision, event_id, names.name, version, recorded_at, tags
             FROM events JOIN names ON names.id = events.name
             WHERE stream = ?1 AND erased_at IS NULL AND names.name <> ?2",
        )?
        .query_map(params![stream, ERASED], |row| {
            Ok(Remains {
                position: row.get(0)?,
                revision: row.get(1)?,
                id: row.get(2)?,
                name: row.get(3)?,
                version: row.get(4)?,
                recorded_at: row.get(5)?,
                tags: row.get(6)?,
            })
        })?
        .collect()
}

fn overwrite(connection: &Connection, events: &[Remains], stream_crc: u32, at: i64) -> Result<()> {
    let mut update = connection.prepare_cached(
        "UPDATE events SET payload = x'', tags = NULL, command_id = NULL, correlation_id = NULL,
         causation_id = NULL, actor = NULL, tenant = NULL, key_id = NULL, encoding = 0,
         checksum = ?2, erased_at = ?3 WHERE position = ?1",
    )?;
    let mut untag =
        connection.prepare_cached("DELETE FROM tags WHERE tag = ?1 AND position = ?2")?;
    for event in events {
        let sealed = Sealed {
            position: event.position,
            revision: event.revision,
            id: &event.id,
            version: event.version,
            recorded_at: event.recorded_at,
            erased_at: Some(at),
            command: None,
            correlation: None,
            causation: None,
            actor: None,
            tenant: None,
            tags: None,
            payload: &[],
        };
        let checksum = sealed.checksum(stream_crc, name_crc(&event.name));
        update.execute(params![event.position, checksum, at])?;
        for tag in event.tags.iter().flat_map(|tags| tags.lines()) {
            untag.execute(params![tag, event.position])?;
        }
    }
    Ok(())
}
