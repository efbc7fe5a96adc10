//! What is measured, as it is asked of a contestant.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One run of one workload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What to do.
    #[serde(flatten)]
    pub workload: Workload,
    /// How long the part that is measured should take, where a workload has no end of its own.
    pub seconds: f64,
    /// An empty folder on the disk that is measured.
    pub directory: PathBuf,
    /// An empty database of a running server, where the workload wants one: `postgres://..`.
    pub postgres: Option<String>,
}

/// What a contestant is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "workload", rename_all = "kebab-case")]
pub enum Workload {
    /// Getting a message to a handler that does nothing.
    Dispatch {
        /// Which message, and by which way.
        case: Dispatch,
        /// How many kinds of messages are registered beside it.
        messages: usize,
    },
    /// Commands on aggregates, each of which adds one event.
    Commands {
        /// Where the events are kept.
        database: Database,
        /// How many callers there are at once.
        tasks: usize,
        /// Over how many aggregates the commands are spread, evenly.
        streams: usize,
        /// How many events each aggregate has before.
        events: usize,
        /// What must hold for a command to be carried out.
        rule: Rule,
        /// How many read models follow meanwhile.
        views: usize,
    },
    /// Loading one aggregate that nothing is known of in memory.
    Load {
        /// Where the events are kept.
        database: Database,
        /// How many events it has.
        events: usize,
        /// Whether there is a snapshot of it.
        snapshot: bool,
    },
    /// Bringing read models that have seen nothing up to the end of a log.
    CatchUp {
        /// Where events and read models are kept.
        database: Database,
        /// How many events there are.
        events: usize,
        /// How many documents are made of them.
        documents: usize,
        /// How many read models are made of the same events.
        views: usize,
    },
    /// Bringing a table of the program's own, which is empty, up to the end of a log.
    Table {
        /// Where events and table are kept.
        database: Database,
        /// How many events there are, each of which changes one row.
        events: usize,
        /// How many rows are made of them.
        rows: usize,
    },
    /// Filling a log, [`EVENTS_PER_APPEND`](crate::EVENTS_PER_APPEND) at once.
    Fill {
        /// Where the events are kept.
        database: Database,
        /// How many events there are.
        events: usize,
        /// Over how many aggregates they are spread, evenly.
        streams: usize,
    },
    /// How long after a command has been answered its effect can be read, while others write.
    Lag {
        /// Where events and read models are kept.
        database: Database,
        /// How many callers write meanwhile.
        tasks: usize,
    },
    /// Commands, and loading an aggregate of 100 events, in a store that holds many events already.
    Size {
        /// Where the events are kept.
        database: Database,
        /// How many events there are.
        events: usize,
    },
    /// What is held in memory.
    Footprint {
        /// Where the events are kept.
        database: Database,
        /// How many events there are.
        events: usize,
        /// How many idle instances to divide by.
        instances: usize,
    },
    /// What an id costs.
    Ids,
}

impl Workload {
    /// Where its events are kept, if it has any.
    #[must_use]
    pub const fn database(self) -> Option<Database> {
        match self {
            Self::Commands { database, .. }
            | Self::Load { database, .. }
            | Self::CatchUp { database, .. }
            | Self::Table { database, .. }
            | Self::Fill { database, .. }
            | Self::Lag { database, .. }
            | Self::Size { database, .. }
            | Self::Footprint { database, .. } => Some(database),
            Self::Dispatch { .. } | Self::Ids => None,
        }
    }
}

/// Which message, and by which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dispatch {
    /// A typed message, by the shortest way there is.
    Bus,
    /// A typed message, by way of all that a program has.
    App,
    /// The same with one middleware that does nothing.
    Middleware1,
    /// The same with three.
    Middleware3,
    /// A message by name, from JSON.
    ByName,
}

/// Where events are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Database {
    /// In memory.
    Memory,
    /// On `SQLite`, `synchronous = FULL`.
    Sqlite,
    /// On `PostgreSQL`, `fsync` and `synchronous_commit` on.
    Postgres,
}

/// What must hold for a command to be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The aggregate is as it was when the command was decided.
    Stream,
    /// No event with a tag that the new event carries too has been stored since the log was looked at.
    Tag,
}
