//! The schema of one version of a projection, and the views that readers know its tables by.

use std::fmt::Write;

use cqrs_core::store::documents::Subscription;
use tokio_postgres::{error::SqlState, types::Type};

use crate::{
    connection::Connection,
    error::DbError,
    names::{Names, quote},
    row::get,
};

/// One version of a projection.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    number: u32,
    /// Where its tables are.
    own: String,
    /// Where readers find them.
    readers: String,
}

/// A view that readers use, and the version whose table it shows.
pub(super) struct Alias {
    table: String,
    version: u32,
}

/// What is to be done to a view that readers use.
enum Change {
    Drop(String),
    Show(String),
}

/// What is written on a view that was made here, before the version.
const MARK: &str = "a table of a projection, version ";

/// The tables of a schema, or the views with what is written on them.
const RELATIONS: &str = "SELECT c.relname::text, obj_description(c.oid, 'pg_class')
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relkind::text = ANY ($2) ORDER BY c.relname";

impl Version {
    pub(super) fn of(names: &Names, subscription: &Subscription) -> Self {
        let readers = format!("{}{}", names.prefix(), subscription.name);
        Self {
            number: subscription.version,
            own: format!("{readers}_v{}", subscription.version),
            readers,
        }
    }

    /// Why there can be no schemas of this name.
    pub(super) fn refusal(&self) -> Option<String> {
        let reserved = ["cqrs", "cqrs_views", "information_schema", "public"];
        let is_reserved =
            reserved.contains(&self.readers.as_str()) || self.readers.starts_with("pg_");
        (is_reserved || self.own.len() > 63).then(|| {
            format!(
                "there can be no schema `{}` for its tables: give the projection another name, of at most 50 letters",
                self.own
            )
        })
    }

    /// A table with its schema, quoted.
    pub(super) fn table(&self, table: &str) -> String {
        format!("{}.{}", quote(&self.own), quote(table))
    }

    /// Drops its tables, and what readers know them by.
    pub(super) fn drop_sql(&self) -> String {
        format!("DROP SCHEMA IF EXISTS {} CASCADE", quote(&self.own))
    }

    /// Makes the schema of its tables.
    pub(super) fn create_sql(&self) -> String {
        format!("CREATE SCHEMA {}", quote(&self.own))
    }

    /// From here on until the end of the transaction nobody else changes what readers see, and nothing waits for long.
    ///
    /// A reader of several tables may hold one and wait for another: it is this that gives way, and tries again, long
    /// before the server would pick a victim.
    pub(super) async fn lock(&self, connection: &Connection) -> Result<(), DbError> {
        let readers = self.readers.replace('\'', "''");
        let lock = format!(
            "SET LOCAL lock_timeout = '100ms';
             SELECT pg_advisory_xact_lock(1668379254, hashtext('{readers}'))"
        );
        connection.execute(&lock).await
    }

    /// Makes readers see its tables, in place of those of an older version. Those of a newer one stay.
    pub(super) async fn publish(&self, connection: &Connection) -> Result<(), DbError> {
        self.lock(connection).await?;
        let aliases = self.aliases(connection).await?;
        if self.is_overtaken(&aliases) {
            return Ok(());
        }
        self.take_over(connection, aliases).await
    }

    /// Makes readers see its tables, in place of those that they see now, under the lock.
    pub(super) async fn take_over(
        &self,
        connection: &Connection,
        aliases: Vec<Alias>,
    ) -> Result<(), DbError> {
        let create = format!("CREATE SCHEMA IF NOT EXISTS {}", quote(&self.readers));
        connection.execute(&create).await?;
        let mut changes = self.changes(connection, aliases).await?;
        let mut attempts = ATTEMPTS;
        loop {
            connection.execute("SAVEPOINT cqrs_readers").await?;
            attempts -= 1;
            match self.make(connection, &changes).await {
                Ok(()) => return Ok(()),
                // Readers take this one first, and wait for what is held here: it has to be the first here too.
                Err((at, error)) if attempts > 0 && is_locked(&error) => {
                    connection.execute("ROLLBACK TO cqrs_readers").await?;
                    changes[..=at].rotate_right(1);
                }
                Err((_, error)) => return Err(error),
            }
        }
    }

    /// What has to be done to the views that readers use.
    async fn changes(
        &self,
        connection: &Connection,
        aliases: Vec<Alias>,
    ) -> Result<Vec<Change>, DbError> {
        let tables = self.tables(connection).await?;
        let gone = aliases
            .into_iter()
            .map(|alias| alias.table)
            .filter(|table| !tables.contains(table));
        let mut changes: Vec<_> = gone.map(Change::Drop).collect();
        changes.extend(tables.into_iter().map(Change::Show));
        Ok(changes)
    }

    /// Makes the changes in this order. An error comes with the number of the one that it is about.
    async fn make(
        &self,
        connection: &Connection,
        changes: &[Change],
    ) -> Result<(), (usize, DbError)> {
        for (at, change) in changes.iter().enumerate() {
            let made = match change {
                Change::Drop(table) => self.hide(connection, table).await,
                Change::Show(table) => self.show(connection, table).await,
            };
            made.map_err(|error| (at, error))?;
        }
        Ok(())
    }

    async fn hide(&self, connection: &Connection, table: &str) -> Result<(), DbError> {
        let drop = format!("DROP VIEW {}.{}", quote(&self.readers), quote(table));
        connection.execute(&drop).await
    }

    /// Shows one table. A view whose columns stay is replaced, so that others may be made of it.
    async fn show(&self, connection: &Connection, table: &str) -> Result<(), DbError> {
        let view = format!("{}.{}", quote(&self.readers), quote(table));
        let of = self.table(table);
        connection.execute("SAVEPOINT cqrs_view").await?;
        let replace = format!("CREATE OR REPLACE VIEW {view} AS SELECT * FROM {of}");
        match connection.execute(&replace).await {
            Err(error) if error.code() == Some(&SqlState::INVALID_TABLE_DEFINITION) => {
                let anew = format!(
                    "ROLLBACK TO cqrs_view; DROP VIEW {view}; CREATE VIEW {view} AS SELECT * FROM {of}"
                );
                connection.execute(&anew).await?;
            }
            done => done?,
        }
        let mut mark = format!("COMMENT ON VIEW {view} IS '{MARK}");
        // Writing to a string does not fail.
        let _written = write!(mark, "{}'", self.number);
        connection.execute(&mark).await
    }

    /// Whether readers see the tables of a newer version.
    fn is_overtaken(&self, aliases: &[Alias]) -> bool {
        aliases.iter().any(|alias| alias.version > self.number)
    }

    /// Whether readers see one of its tables.
    pub(super) fn is_seen(&self, aliases: &[Alias]) -> bool {
        aliases.iter().any(|alias| alias.version == self.number)
    }

    /// Whether readers see its tables and no older version's, or those of a newer one.
    pub(super) async fn is_published(&self, connection: &Connection) -> Result<bool, DbError> {
        let tables = self.tables(connection).await?;
        let aliases = self.aliases(connection).await?;
        if self.is_overtaken(&aliases) {
            return Ok(true);
        }
        let is_own = |alias: &Alias| alias.version == self.number;
        let is_shown = |table: &String| aliases.iter().any(|alias| alias.table == *table);
        Ok(aliases.iter().all(is_own) && tables.iter().all(is_shown))
    }

    /// Its tables, and what else can be read like one.
    async fn tables(&self, connection: &Connection) -> Result<Vec<String>, DbError> {
        let kinds = ["r", "p", "v", "m"];
        let params = [
            (&self.own as _, Type::TEXT),
            (&&kinds[..] as _, Type::TEXT_ARRAY),
        ];
        let rows = connection.query(RELATIONS, &params).await?;
        Ok(rows
            .iter()
            .map(|row| get(row, 0))
            .collect::<Result<_, _>>()?)
    }

    /// The views that were made here. Others in that schema are somebody else's.
    pub(super) async fn aliases(&self, connection: &Connection) -> Result<Vec<Alias>, DbError> {
        let params = [
            (&self.readers as _, Type::TEXT),
            (&&["v"][..] as _, Type::TEXT_ARRAY),
        ];
        let mut aliases = Vec::new();
        for row in connection.query(RELATIONS, &params).await? {
            let mark: Option<String> = get(&row, 1)?;
            let version = mark.as_deref().and_then(|mark| mark.strip_prefix(MARK));
            if let Some(version) = version.and_then(|version| version.parse().ok()) {
                let table = get(&row, 0)?;
                aliases.push(Alias { table, version });
            }
        }
        Ok(aliases)
    }
}

/// How often a lock is tried to be had, each time for at most 100 ms, before all of the transaction is done anew: signs of
/// life wait as long.
pub(super) const ATTEMPTS: u32 = 5;

/// Whether somebody else has what was to be had.
pub(super) fn is_locked(error: &DbError) -> bool {
    error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)
}

/// Whether a table can be called so: neither quoting nor case matters to such a name.
pub(super) fn is_table(name: &str) -> bool {
    name.len() <= 60
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}
