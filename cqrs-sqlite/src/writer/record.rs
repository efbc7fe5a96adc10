//! Writing one event.

use cqrs_core::{NewEvent, StreamId};
use rusqlite::{Result, params};

use super::session::{Session, Stream};
use crate::row::{JSON, Sealed, tag_lines};

/// The columns are those of [`COLUMNS`](crate::row::COLUMNS) that a new event has.
pub(super) const INSERT: &str = "INSERT INTO events (position, stream, revision, event_id, name, \
     version, recorded_at, encoding, checksum, command_id, correlation_id, causation_id, actor, \
     tenant, tags, payload) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

impl Session<'_> {
    /// Records an event as the next of its stream and of the log.
    pub(super) fn record(
        &mut self,
        id: &StreamId,
        event: &NewEvent,
        recorded_at: i64,
    ) -> Result<()> {
        let stream = self.stream(id)?;
        let number = match stream.number {
            Some(number) => number,
            None => self.add_stream(id)?,
        };
        let revision = stream.revision + 1;
        let name = self.name(&event.name)?;
        let position = self.advance();
        let metadata = &event.metadata;
        let event_id = event.id.get();
        let command = metadata.command_id().map(cqrs_core::CommandId::get);
        let correlation = metadata.correlation_id().map(cqrs_core::CorrelationId::get);
        let causation = metadata.causation_id().map(cqrs_core::CausationId::get);
        let tags = tag_lines(event);
        let sealed = Sealed {
            position,
            revision,
            id: event_id.as_bytes(),
            version: event.version,
            recorded_at,
            erased_at: None,
            command: command.as_ref().map(|id| id.as_bytes().as_slice()),
            correlation: correlation.as_ref().map(|id| id.as_bytes().as_slice()),
            causation: causation.as_ref().map(|id| id.as_bytes().as_slice()),
            actor: metadata.actor_name(),
            tenant: metadata.tenant_name(),
            tags: tags.as_deref(),
            payload: &event.payload,
        };
        self.insert.execute(params![
            position,
            number,
            revision,
            sealed.id,
            name.number,
            sealed.version,
            recorded_at,
            JSON,
            sealed.checksum(stream.crc, name.crc),
            sealed.command,
            sealed.correlation,
            sealed.causation,
            sealed.actor,
            sealed.tenant,
            sealed.tags,
            sealed.payload,
        ])?;
        for tag in &event.tags {
            // A tag that is given twice is found once.
            self.connection
                .prepare_cached(
                    "INSERT OR IGNORE INTO tags (tag, position, name) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![tag.as_str(), position, name.number])?;
        }
        let stream = Stream {
            number: Some(number),
            revision,
            ..stream
        };
        self.know(id, stream);
        Ok(())
    }
}
