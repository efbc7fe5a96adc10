//! Why a store cannot be connected to, and what PostgreSQL's own errors mean.

use std::{error::Error as _, fmt, io, time::Duration};

use cqrs_core::{StoreError, store::error::StoreErrorKind};
use thiserror::Error;
use tokio_postgres::error::{Severity, SqlState};

/// Why a store could not be connected to.
///
/// Shown and debugged alike, with its causes, so that it reads well out of `main` too.
#[derive(Clone, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL does not say where the database is.
    #[error(
        "this is not the URL of a PostgreSQL database: write it as in `postgres://user:password@host:5432/database`"
    )]
    Url(#[source] Cause),
    /// The name cannot be that of a schema.
    #[error(
        "`{0}` cannot be the schema of a store: take letters, digits and `_`, at most 50, not beginning with a digit or `pg_`"
    )]
    SchemaName(String),
    /// Nobody answers, or not in time: start the server, or look at host, port and firewall.
    #[error("the PostgreSQL server at {server} cannot be reached")]
    Unreachable {
        /// Host and port.
        server: String,
        /// What the system said.
        #[source]
        source: Cause,
    },
    /// The server does not let this user in, or not to this database.
    #[error(
        "the PostgreSQL server at {server} refuses this user: check name, password, database and `pg_hba.conf`"
    )]
    Refused {
        /// Host and port.
        server: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The server has as many connections as it, the database or the user may have.
    #[error(
        "the PostgreSQL server at {server} has no connection left: raise `max_connections`, or take fewer for each program"
    )]
    TooManyConnections {
        /// Host and port.
        server: String,
        /// What the server said.
        #[source]
        source: Cause,
    },
    /// The URL asks for an encrypted connection.
    #[error("the URL asks for TLS: connect with `Postgres::options().tls(connector)`")]
    NoTls(#[source] Cause),
    /// The server does not encrypt, or one of both does not trust the other.
    #[error(
        "there is no encrypted connection to the PostgreSQL server at {server}: turn `ssl` on there, or look at its certificate and at what the connector trusts"
    )]
    Tls {
        /// Host and port.
        server: String,
        /// What the connector or the server said.
        #[source]
        source: Cause,
    },
    /// The server is too old.
    #[error("PostgreSQL {found} is too old: the store needs 14 or later")]
    OldServer {
        /// What it calls itself.
        found: String,
    },
    /// The database does not keep Unicode.
    #[error("the database keeps its texts as {found}: create one with `ENCODING 'UTF8'`")]
    Encoding {
        /// The encoding of the database.
        found: String,
    },
    /// The tables are missing or older than this program, and it was told not to change them.
    #[error(
        "schema {schema} has version {found}, this program needs {needed}: run what `Postgres::migration_sql()` says as the schema's owner, or allow `migrate`"
    )]
    NotMigrated {
        /// The schema, quoted.
        schema: String,
        /// The version found; 0 when there are no tables.
        found: u32,
        /// The version needed.
        needed: u32,
    },
    /// The store was made by a newer version of this crate, with which this one cannot work: update it.
    #[error(
        "schema {schema} has version {found}, this program knows up to {known}: update `cqrs-postgres`"
    )]
    TooNew {
        /// The schema, quoted.
        schema: String,
        /// The version found.
        found: u32,
        /// The newest version that this crate knows.
        known: u32,
    },
    /// The user lacks a right.
    #[error(
        "this user may not use the store: run what `Postgres::grants_sql(role)` says as the schema's owner; a user that may not create the tables needs the owner to run `Postgres::migration_sql()` first"
    )]
    Denied(#[source] Cause),
    /// The connection broke, or the server refused what has to be asked at first.
    #[error("the store could not be opened")]
    Failed(#[source] StoreError),
}

impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// What the server or the system said.
type Cause = std::sync::Arc<dyn std::error::Error + Send + Sync>;

impl ConnectError {
    /// A connection that was not made.
    pub(crate) fn dialing(server: &str, error: DbError) -> Self {
        let server = server.to_owned();
        let code = error.code().cloned();
        let class = code.as_ref().map_or("", |code| class(code));
        let cause = error.cause();
        match code {
            Some(_) if class == "28" || class == "3D" => Self::Refused {
                server,
                source: cause,
            },
            Some(code) if code == SqlState::TOO_MANY_CONNECTIONS => Self::TooManyConnections {
                server,
                source: cause,
            },
            Some(code) if code == SqlState::INSUFFICIENT_PRIVILEGE => Self::Refused {
                server,
                source: cause,
            },
            None if said(&cause).contains("no TLS implementation configured") => Self::NoTls(cause),
            None if cause.to_string().contains("TLS") => Self::Tls {
                server,
                source: cause,
            },
            None if cause.to_string().contains("config") => Self::Refused {
                server,
                source: cause,
            },
            _ => Self::Unreachable {
                server,
                source: cause,
            },
        }
    }

    pub(crate) fn url(error: tokio_postgres::Error) -> Self {
        Self::Url(std::sync::Arc::new(error))
    }

    /// What was asked at first went wrong.
    pub(crate) fn asking(error: DbError) -> Self {
        if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return Self::Denied(error.cause());
        }
        Self::Failed(error.into())
    }
}

impl From<ConnectError> for StoreError {
    fn from(error: ConnectError) -> Self {
        let kind = match &error {
            ConnectError::Failed(error) => return error.clone(),
            ConnectError::Unreachable { .. } | ConnectError::TooManyConnections { .. } => {
                StoreErrorKind::Unavailable
            }
            ConnectError::TooNew { .. } => StoreErrorKind::TooNew,
            _ => StoreErrorKind::Other,
        };
        Self::new(kind, error.to_string()).because(error)
    }
}

/// What came of a call to the server.
#[derive(Clone, Debug)]
pub(crate) enum DbError {
    /// The driver's error.
    Driver(std::sync::Arc<tokio_postgres::Error>),
    /// No answer came in time.
    TimedOut(Duration),
    /// An error of the store, found on the way.
    Store(StoreError),
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Driver(std::sync::Arc::new(error))
    }
}

impl From<StoreError> for DbError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl DbError {
    pub(crate) fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Driver(error) => error.code(),
            Self::TimedOut(_) | Self::Store(_) => None,
        }
    }

    /// Whether the connection is of no use any more, and with it what is known of the call's outcome.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::TimedOut(_) => true,
            Self::Store(_) => false,
            Self::Driver(error) => match error.as_db_error() {
                Some(said) => {
                    matches!(said.code().code(), "57P01" | "57P02" | "57P03" | "57P05")
                        || class(said.code()) == "08"
                        || matches!(
                            said.parsed_severity(),
                            Some(Severity::Fatal | Severity::Panic)
                        )
                }
                None => !is_ours(error),
            },
        }
    }

    /// Whether the same call may work in a moment.
    pub(crate) fn is_passing(&self) -> bool {
        self.code().is_some_and(|code| {
            class(code) == "40" || matches!(code.code(), "55P03" | "57014" | "53300" | "55006")
        })
    }

    /// Whether it may be the fault of what was sent, so that other requests are worth trying.
    pub(crate) fn is_about_content(&self) -> bool {
        match self {
            Self::Driver(error) if error.as_db_error().is_none() => is_ours(error),
            _ => self.code().is_some_and(|code| {
                matches!(class(code), "22" | "23" | "54" | "P0")
                    || matches!(code.code(), "53100" | "53200" | "53400")
            }),
        }
    }

    pub(crate) fn is_unique_violation(&self) -> bool {
        self.code() == Some(&SqlState::UNIQUE_VIOLATION)
    }

    fn cause(self) -> Cause {
        match self {
            Self::Driver(error) => error,
            Self::TimedOut(limit) => std::sync::Arc::new(timed_out(limit)),
            Self::Store(error) => std::sync::Arc::new(error),
        }
    }
}

/// Whether an error is of the driver itself, before anything was sent or after everything was received.
fn is_ours(error: &tokio_postgres::Error) -> bool {
    // The driver does not tell its kinds apart otherwise.
    let text = error.to_string();
    [
        "error serializing parameter",
        "error encoding message",
        "error deserializing column",
    ]
    .iter()
    .any(|ours| text.starts_with(ours))
}

fn class(code: &SqlState) -> &str {
    code.code().get(..2).unwrap_or_default()
}

fn timed_out(limit: Duration) -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("no answer within {} ms", limit.as_millis()),
    )
}

/// What an error means for a caller.
impl From<DbError> for StoreError {
    fn from(error: DbError) -> Self {
        if let DbError::Store(error) = error {
            return error;
        }
        let (kind, message) = meaning(&error);
        Self::new(kind, message).because(Shown(error.cause()))
    }
}

/// What the server said, in one line: the driver's error only says that there was one.
#[derive(Debug, Error)]
#[error("{}", said(.0))]
struct Shown(#[source] Cause);

fn said(cause: &Cause) -> String {
    match cause.source() {
        Some(source) => source.to_string(),
        None => cause.to_string(),
    }
}

fn meaning(error: &DbError) -> (StoreErrorKind, &'static str) {
    if error.is_broken() {
        return (
            StoreErrorKind::Unavailable,
            "the connection to PostgreSQL broke",
        );
    }
    match error.code().map_or("", SqlState::code) {
        "53100" => (
            StoreErrorKind::Full,
            "there is no space left on PostgreSQL's disk: it works again when there is",
        ),
        "25006" => (
            StoreErrorKind::ReadOnly,
            "this PostgreSQL server can only be read: connect to the primary, or clear `default_transaction_read_only`",
        ),
        "42501" => (
            StoreErrorKind::Other,
            "this user lacks a right on the store: run what `Postgres::grants_sql(role)` says as the schema's owner",
        ),
        "53300" => (
            StoreErrorKind::Unavailable,
            "PostgreSQL has no connection left: raise `max_connections`, or take fewer for each program",
        ),
        "55P03" => (
            StoreErrorKind::Unavailable,
            "somebody else holds a lock in PostgreSQL for too long: look for it in `pg_stat_activity`",
        ),
        "57014" => (
            StoreErrorKind::Unavailable,
            "PostgreSQL took too long, or somebody cancelled the statement",
        ),
        "42P01" | "42883" | "3F000" | "42703" => (
            StoreErrorKind::Other,
            "the store's tables or functions are missing: run what `Postgres::migration_sql()` says",
        ),
        "54000" => (
            StoreErrorKind::Other,
            "a key or index value is longer than PostgreSQL can index, which is about 2,600 bytes: shorten it",
        ),
        "XX001" | "XX002" => (
            StoreErrorKind::Corrupt,
            "the PostgreSQL database is damaged: restore a backup",
        ),
        code if code.starts_with("40") || code.starts_with("53") || code.starts_with("58") => (
            StoreErrorKind::Unavailable,
            "PostgreSQL could not do it now",
        ),
        _ => (StoreErrorKind::Other, "PostgreSQL refused a statement"),
    }
}

pub(crate) fn corrupt(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

pub(crate) fn closed() -> StoreError {
    StoreError::new(
        StoreErrorKind::Closed,
        "the store was closed: connect again",
    )
}

pub(crate) fn history_changed(what: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::HistoryChanged,
        format!(
            "{what}: the database was put back to an older state, or a fail-over lost its end; start the program again, and check what it has told others"
        ),
    )
}
