//! A PostgreSQL server of our own, with the settings of all contestants.

use cqrs_bench_harness::Failure;
use temporary_postgres::{Options, Server as Running};

/// As large as a small server would be set up, and as durable as PostgreSQL comes.
const SETTINGS: [(&str, &str); 5] = [
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("max_connections", "300"),
    ("shared_buffers", "512MB"),
    ("max_wal_size", "8GB"),
];

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    running: Running,
    version: String,
}

/// An empty database, which is dropped when its value is.
#[derive(Debug)]
pub(crate) struct Database<'a> {
    server: &'a Server,
    url: String,
}

impl Server {
    pub(crate) fn start() -> Result<Self, Failure> {
        let with = |options: Options, (name, value)| options.set(name, value);
        let running = Running::with(SETTINGS.into_iter().fold(Options::new(), with))?;
        let version = running.psql("postgres", "SHOW server_version");
        Ok(Self {
            running,
            version: version.trim().to_owned(),
        })
    }

    /// What it is, and how it is set.
    pub(crate) fn facts(&self) -> String {
        let settings = SETTINGS.map(|(name, value)| format!("{name} = {value}"));
        format!("{}, {}", self.version, settings.join(", "))
    }

    /// Makes an empty database.
    pub(crate) fn database(&self) -> Database<'_> {
        let url = self.running.create_database();
        // What the one before has left to be written is written now, and not while the next one is measured.
        self.running.psql("postgres", "CHECKPOINT");
        Database { server: self, url }
    }
}

impl Database<'_> {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        if let Some((_, name)) = self.url.rsplit_once('/') {
            let drop = format!("DROP DATABASE {name} WITH (FORCE)");
            self.server.running.psql("postgres", &drop);
        }
    }
}
