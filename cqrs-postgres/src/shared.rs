//! What all parts of an open store have in common.

use std::{
    fmt,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cqrs_core::{Position, StoreError, StoreId, store::Identity};
use tokio::sync::watch;
use tokio_postgres::{Config, types::Type};
use uuid::Uuid;

use crate::{
    ConnectError, Options,
    connection::{Connection, Heard},
    error::{DbError, closed, history_changed},
    names::{Names, Sql},
    numbers::{position, to_sql},
    row::get,
};

/// Where the database is, how it is spoken to, and what is known of it.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) names: Names,
    pub(crate) sql: Sql,
    pub(crate) options: Options,
    pub(crate) identity: Identity,
    /// The last position known, whoever wrote it.
    pub(crate) head: watch::Sender<Position>,
    /// The last position that this handle wrote, for telling others.
    pub(crate) written: watch::Sender<Position>,
    /// The last event seen: it must stay what it is.
    seen: Mutex<Seen>,
    /// Why nothing can be believed any more.
    ended: OnceLock<StoreError>,
    closed: AtomicBool,
}

/// An event that was read or written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) position: Position,
    pub(crate) id: Uuid,
}

impl Seen {
    /// Before the first event.
    pub(crate) const NOTHING: Self = Self {
        position: Position::START,
        id: Uuid::nil(),
    };
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        names: Names,
        options: Options,
        identity: Identity,
        seen: Seen,
    ) -> Self {
        Self {
            config,
            sql: Sql::new(&names),
            names,
            options,
            identity,
            head: watch::Sender::new(seen.position),
            written: watch::Sender::new(seen.position),
            seen: Mutex::new(seen),
            ended: OnceLock::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// A new connection, to the same store with the same history.
    pub(crate) async fn connect(&self, heard: Option<Heard>) -> Result<Connection, DbError> {
        let connection = dialled(&self.config, &self.options, heard).await?;
        self.hold(&connection).await?;
        Ok(connection)
    }

    /// Holds what the database says against what was seen, and learns the head.
    pub(crate) async fn hold(&self, connection: &Connection) -> Result<(), DbError> {
        let seen = self.seen();
        let rows = connection
            .query(&self.sql.who, &[(&to_sql(seen.position.get()), Type::INT8)])
            .await?;
        let Some(row) = rows.first() else {
            return Err(self.end("the store's identity is gone").into());
        };
        let identity = Identity {
            store: StoreId::new(get(row, 0)?),
            epoch: u32::try_from(get::<i32>(row, 1)?).unwrap_or(0),
        };
        if identity != self.identity {
            return Err(self
                .end("the database is another store, or was restored")
                .into());
        }
        let found: Option<Uuid> = get(row, 2)?;
        if seen.position > Position::START && found != Some(seen.id) {
            let lost = format!(
                "the event at position {} is not there any more",
                seen.position
            );
            return Err(self.end(&lost).into());
        }
        self.saw(position(get(row, 3)?));
        Ok(())
    }

    /// Says that the history is another one: from here on every call fails.
    pub(crate) fn end(&self, why: &str) -> StoreError {
        let error = self.ended.get_or_init(|| history_changed(why));
        tracing::error!(
            error = error as &dyn std::error::Error,
            "the history of the PostgreSQL store has changed"
        );
        error.clone()
    }

    pub(crate) fn ended(&self) -> Option<StoreError> {
        self.ended.get().cloned()
    }

    /// Fails when the store is of no use any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if let Some(error) = self.ended.get() {
            return Err(error.clone());
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        Ok(())
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    pub(crate) fn seen(&self) -> Seen {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers an event, if it is later than the one remembered.
    pub(crate) fn remember(&self, later: Seen) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if later.position > seen.position {
            *seen = later;
        }
    }

    /// Tells whoever watches of a head.
    pub(crate) fn saw(&self, head: Position) {
        raise(&self.head, head);
    }

    /// Tells whoever watches, here and elsewhere, of a head that was written here.
    pub(crate) fn wrote(&self, head: Position) {
        raise(&self.head, head);
        raise(&self.written, head);
    }
}

/// Two may come here in the other order, and the head never goes back.
fn raise(sender: &watch::Sender<Position>, head: Position) {
    sender.send_if_modified(|known| {
        let later = head > *known;
        *known = head.max(*known);
        later
    });
}

/// A new connection.
pub(crate) async fn dialled(
    config: &Config,
    options: &Options,
    heard: Option<Heard>,
) -> Result<Connection, DbError> {
    let limit = options.connect_timeout;
    let client = tokio::time::timeout(limit, (options.dial)(config.clone(), heard))
        .await
        .map_err(|_elapsed| DbError::TimedOut(limit))??;
    // The server's own limit comes first, when it still can. It takes 0 for none.
    let patience = match options.statement_timeout {
        Duration::ZERO => Duration::MAX,
        timeout => timeout.saturating_add(limit),
    };
    Ok(Connection::new(client, options.pooler, patience))
}

/// What the URL says, with limits to how long anything can hang.
pub(crate) fn config(url: &str, options: &Options) -> Result<Config, ConnectError> {
    let mut config: Config = url.parse().map_err(ConnectError::url)?;
    if config.get_application_name().is_none() {
        config.application_name("cqrs");
    }
    config
        .connect_timeout(options.connect_timeout)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(30));
    if !options.pooler {
        let given = config.get_options().unwrap_or_default();
        // A plan that was made when a table was empty must not read it from end to end for ever.
        let settings = format!(
            "{given} -c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout=10000 \
             -c default_transaction_isolation=read\\ committed -c plan_cache_mode=force_generic_plan -c jit=off \
             -c enable_seqscan=off -c enable_bitmapscan=off",
            options.statement_timeout.as_millis(),
            options.lock_timeout.as_millis(),
        );
        config.options(settings.trim_start());
    }
    Ok(config)
}

/// Host and port, for messages: never the password.
pub(crate) fn server(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        tokio_postgres::config::Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
    });
    let hosts: Vec<_> = hosts.collect();
    let ports: Vec<_> = config.get_ports().iter().map(u16::to_string).collect();
    let port = match ports.join(",") {
        none if none.is_empty() => "5432".to_owned(),
        ports => ports,
    };
    match hosts.join(",") {
        none if none.is_empty() => format!("port {port}"),
        hosts => format!("{hosts}, port {port}"),
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("identity", &self.identity)
            .field("head", &*self.head.borrow())
            .finish_non_exhaustive()
    }
}
