//! Opening a store: lock, check, migrate, start the threads.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::watch;

use crate::{
    OpenError, Options, Sqlite, connection,
    lock::{self, Lock},
    numbers::position,
    queue::Queue,
    reader::{self, Reader, Readers},
    schema,
    sqlite::{Inner, Tenancy},
    writer::{Source, TablesFile, Writer},
};

/// SQLite up to 3.51.2 can lose what is in a write-ahead log (`sqlite.org/wal.html#the_wal_reset_bug`).
const OLDEST_SQLITE: i32 = 3_051_003;

pub(crate) fn open(path: &Path, options: Options) -> Result<Sqlite, OpenError> {
    check_version(rusqlite::version_number())?;
    let path = lock::resolve(path)?;
    let lock = Lock::acquire(&path)?;
    let failed = |error| OpenError::sqlite(&path, error);
    let mut writer = connection::writer(&path, &options).map_err(failed)?;
    let identity = schema::prepare(&mut writer, &path, &*options.ids, options.restored)?;
    let head = position(reader::events::head(&writer).map_err(failed)?);
    let mut connections = Vec::new();
    for _ in 0..options.readers.max(1) {
        connections.push(connection::reader(&path).map_err(failed)?);
    }

    let (vacated, is_vacated) = watch::channel(false);
    let tenancy = Arc::new(Tenancy {
        lock: Some(lock),
        vacated,
    });
    let inner = Inner {
        identity,
        limits: options.limits,
        queue: Arc::new(Queue::new(options.limits.queued, options.queued_bytes)),
        readers: Arc::default(),
        head: Arc::new(watch::Sender::new(head)),
        leases: Arc::default(),
        tenancy: Arc::downgrade(&tenancy),
        vacated: is_vacated,
        threads: Mutex::default(),
        path,
    };
    let threads = start(&inner, &tenancy, writer, connections, options)
        .map_err(|error| OpenError::io(&inner.path, error))?;
    *inner
        .threads
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = threads;
    Ok(Sqlite {
        inner: Arc::new(inner),
    })
}

fn check_version(found: i32) -> Result<(), OpenError> {
    if found < OLDEST_SQLITE {
        return Err(OpenError::OldSqlite {
            found: rusqlite::version().to_owned(),
        });
    }
    Ok(())
}

fn start(
    inner: &Inner,
    tenancy: &Arc<Tenancy>,
    writer: Connection,
    connections: Vec<Connection>,
    options: Options,
) -> std::io::Result<Vec<JoinHandle<()>>> {
    let mut threads = Vec::new();
    let tables = TablesFile::new(inner.path.clone(), options.clone());
    let writer = Writer {
        connection: writer,
        tables,
        path: inner.path.clone(),
        queue: Arc::clone(&inner.queue),
        source: Source {
            clock: options.clock,
            ids: options.ids,
        },
        head: Arc::clone(&inner.head),
    };
    let tenant = Arc::clone(tenancy);
    threads.push(spawn("cqrs-sqlite-writer", tenant, move || writer.run())?);
    for connection in connections {
        let readers: Arc<Readers> = Arc::clone(&inner.readers);
        let tenant = Arc::clone(tenancy);
        let reader = Reader::new(connection);
        threads.push(spawn("cqrs-sqlite-reader", tenant, move || {
            readers.run(reader);
        })?);
    }
    Ok(threads)
}

fn spawn(
    name: &str,
    tenancy: Arc<Tenancy>,
    run: impl FnOnce() + Send + 'static,
) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        run();
        // After the connection is closed.
        drop(tenancy);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_loses_data_is_refused() {
        assert!(check_version(OLDEST_SQLITE).is_ok());
        let error = check_version(3_051_002).expect_err("it is too old");
        assert!(error.to_string().contains("3.51.3 is needed"), "{error}");
    }
}
