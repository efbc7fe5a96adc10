//! What the writer knows by heart. Nobody else writes, so it stays true until a transaction is taken back.

use std::{collections::HashMap, fmt, sync::Arc};

use cqrs_core::{
    EventId, Name, StoreError, StoredEvent, StreamId,
    clock::{Clock, Ids},
};
use rusqlite::{Connection, OptionalExtension, Result, Statement};

use crate::{
    error::store_error,
    interned::{self, Texts, name_crc, number_of_name, stream_crc},
    numbers::micros,
    row,
};

/// Where time and ids come from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
}

/// The writer's connection with what it knows.
pub(crate) struct Session<'c> {
    pub(crate) connection: &'c Connection,
    pub(super) source: &'c Source,
    /// Prepared once, since every event runs them.
    pub(super) insert: Statement<'c>,
    find: Statement<'c>,
    texts: Texts,
    names: HashMap<Name, Numbered>,
    streams: HashMap<StreamId, Stream>,
    head: i64,
    recorded_at: i64,
    /// What it knows may be of a transaction that was taken back.
    stale: bool,
}

/// A name's number, and its part of checksums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbered {
    pub(super) number: i64,
    pub(super) crc: u32,
}

/// Where a stream stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stream {
    /// `None` as long as it has no events.
    pub(super) number: Option<i64>,
    pub(super) revision: i64,
    pub(super) crc: u32,
}

/// How many streams are known at most; then it begins again.
const KNOWN: usize = 1 << 16;

impl<'c> Session<'c> {
    pub(crate) fn new(connection: &'c Connection, source: &'c Source) -> Result<Self> {
        let mut session = Self {
            connection,
            source,
            insert: connection.prepare(super::record::INSERT)?,
            find: connection.prepare("SELECT position FROM events WHERE event_id = ?1")?,
            texts: Texts::default(),
            names: HashMap::new(),
            streams: HashMap::new(),
            head: 0,
            recorded_at: 0,
            stale: true,
        };
        session.reset()?;
        Ok(session)
    }

    /// Forgets everything and looks at the file again.
    pub(super) fn reset(&mut self) -> Result<()> {
        self.texts.clear();
        self.names.clear();
        self.streams.clear();
        (self.head, self.recorded_at) = self
            .connection
            .prepare_cached(
                "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1",
            )?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .unwrap_or((0, 0));
        self.stale = false;
        Ok(())
    }

    /// From here on nothing is believed until `reset` has looked at the file.
    pub(super) const fn distrust(&mut self) {
        self.stale = true;
    }

    pub(super) const fn is_stale(&self) -> bool {
        self.stale
    }

    /// The last position.
    pub(super) const fn head(&self) -> i64 {
        self.head
    }

    /// Takes the next position.
    pub(super) const fn advance(&mut self) -> i64 {
        self.head += 1;
        self.head
    }

    /// The time of what is recorded now: never before what was recorded last, whatever the clock says.
    pub(super) fn tick(&mut self) -> i64 {
        self.recorded_at = self.recorded_at.max(self.now());
        self.recorded_at
    }

    pub(super) fn now(&self) -> i64 {
        micros(self.source.clock.now())
    }

    /// Where the event with this id is.
    pub(super) fn position_of(&mut self, id: EventId) -> Result<Option<i64>> {
        self.find
            .query_row([id.get().as_bytes()], |row| row.get(0))
            .optional()
    }

    /// The event at a position.
    pub(super) fn event_at(&mut self, position: i64) -> Result<Option<StoredEvent>, StoreError> {
        let connection = self.connection;
        let sql = format!("SELECT {} FROM events WHERE position = ?1", row::COLUMNS);
        let mut select = connection.prepare_cached(&sql).map_err(store_error)?;
        let mut rows = select.query([position]).map_err(store_error)?;
        match rows.next().map_err(store_error)? {
            Some(found) => row::event(found, connection, &mut self.texts).map(Some),
            None => Ok(None),
        }
    }

    /// Where a stream stands.
    pub(super) fn stream(&mut self, id: &StreamId) -> Result<Stream> {
        if let Some(known) = self.streams.get(id) {
            return Ok(*known);
        }
        let number = interned::number_of_stream(self.connection, id)?;
        let revision = match number {
            Some(number) => interned::revision_of(self.connection, number)?,
            None => 0,
        };
        let stream = Stream {
            number,
            revision,
            crc: stream_crc(id),
        };
        self.know(id, stream);
        Ok(stream)
    }

    /// Remembers where a stream stands now.
    pub(super) fn know(&mut self, id: &StreamId, stream: Stream) {
        if let Some(known) = self.streams.get_mut(id) {
            *known = stream;
            return;
        }
        if self.streams.len() >= KNOWN {
            self.streams.clear();
        }
        self.streams.insert(id.clone(), stream);
    }

    /// Gives a stream its number.
    pub(super) fn add_stream(&mut self, id: &StreamId) -> Result<i64> {
        let aggregate = self.name(id.aggregate_name())?.number;
        self.connection
            .prepare_cached("INSERT INTO streams (aggregate, stream) VALUES (?1, ?2)")?
            .insert((aggregate, id.id()))
    }

    /// The number of a name, which it is given if it has none.
    pub(super) fn name(&mut self, name: &Name) -> Result<Numbered> {
        if let Some(known) = self.names.get(name) {
            return Ok(*known);
        }
        let number = match number_of_name(self.connection, name)? {
            Some(number) => number,
            None => self
                .connection
                .prepare_cached("INSERT INTO names (name) VALUES (?1)")?
                .insert([name.as_str()])?,
        };
        let numbered = Numbered {
            number,
            crc: name_crc(name),
        };
        self.names.insert(name.clone(), numbered);
        Ok(numbered)
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}
