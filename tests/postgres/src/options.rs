//! What may be different about a server.

use std::fmt;

/// What a [`Server`](crate::Server) is started with.
#[derive(Clone, Debug)]
pub struct Options {
    settings: Vec<(String, String)>,
    /// Certificate and key, as PEM.
    identity: Option<(String, String)>,
}

impl Options {
    /// What a test wants that says nothing: durable as in production, but small.
    #[must_use]
    pub fn new() -> Self {
        let defaults = [
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("max_connections", "100"),
            ("max_prepared_transactions", "8"),
            ("shared_buffers", "32MB"),
            ("min_wal_size", "32MB"),
            ("max_wal_size", "256MB"),
        ];
        let settings = defaults.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            settings: settings.into(),
            identity: None,
        }
    }

    /// Starts the server with a setting of `postgresql.conf`; the last one said counts.
    #[must_use]
    pub fn set(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.settings.push((name.into(), format!("{value}")));
        self
    }

    /// Starts the server with TLS, with this certificate and its key as PEM.
    #[must_use]
    pub fn tls(mut self, certificate: impl Into<String>, key: impl Into<String>) -> Self {
        self.identity = Some((certificate.into(), key.into()));
        self.set("ssl", "on")
    }

    /// The files that the server looks for in its data directory.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let identity = self.identity.iter();
        identity.flat_map(|(certificate, key)| {
            [("server.crt", certificate.as_str()), ("server.key", key)]
        })
    }

    pub(crate) fn settings(&self) -> impl Iterator<Item = String> {
        self.settings
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
