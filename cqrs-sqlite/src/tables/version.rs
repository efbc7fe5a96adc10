//! The tables of one version of a projection, and the names that readers know them by.

use cqrs_core::{
    Name,
    store::documents::{Subscription, SubscriptionKind},
};
use rusqlite::{Connection, OptionalExtension, Result, params};

/// One version of a projection.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    projection: Name,
    number: u32,
}

/// What readers call a table, and its table.
struct Alias {
    name: String,
    sql: String,
}

impl Version {
    pub(crate) fn of(subscription: &Subscription) -> Self {
        Self {
            projection: subscription.name.clone(),
            number: subscription.version,
        }
    }

    /// What its tables' names begin with. No other version's do: neither the name of a projection nor of a table has a
    /// version in it.
    pub(crate) fn prefix(&self) -> String {
        format!("{}_v{}_", self.projection, self.number)
    }

    pub(super) fn table(&self, table: &str) -> String {
        format!("{}{table}", self.prefix())
    }

    fn alias(&self, table: &str) -> Alias {
        let name = format!("{}_{table}", self.projection);
        let sql = format!(
            "CREATE VIEW {} AS SELECT * FROM {}",
            quoted(&name),
            quoted(&self.table(table))
        );
        Alias { name, sql }
    }

    /// Its tables and views, without the version, and the word by which each is dropped.
    fn tables(&self, connection: &Connection) -> Result<Vec<(String, &'static str)>> {
        let prefix = self.prefix();
        // What a virtual table keeps in tables is its own.
        let mut list = connection.prepare_cached(
            "SELECT substr(name, length(?1) + 1), type FROM pragma_table_list
             WHERE schema = 'main' AND type <> 'shadow' AND substr(name, 1, length(?1)) = ?1
             ORDER BY type = 'table', name",
        )?;
        let rows = list.query_map([&prefix], |row| {
            let kind: String = row.get(1)?;
            let word = if kind == "view" { "VIEW" } else { "TABLE" };
            Ok((row.get(0)?, word))
        })?;
        rows.collect()
    }

    /// Drops its tables, and what readers know them by.
    pub(crate) fn drop_all(&self, connection: &Connection) -> Result<()> {
        self.drop_aliases(connection, |of| of == self.number)?;
        // Which of them refer to which does not matter when all of them go.
        connection.pragma_update(None, "defer_foreign_keys", true)?;
        for (table, word) in self.tables(connection)? {
            let sql = format!("DROP {word} {}", quoted(&self.table(&table)));
            connection.execute_batch(&sql)?;
        }
        Ok(())
    }

    /// Drops its tables. Readers who see them are shown those of the newest other version that is built, if there is one.
    pub(crate) fn forget(&self, connection: &Connection) -> Result<()> {
        let aliases = self.aliases(connection)?;
        let is_seen = aliases.iter().any(|(_, of)| *of == self.number);
        self.drop_all(connection)?;
        match self.newest_other(connection)?.filter(|_| is_seen) {
            Some(next) => next.publish(connection),
            None => Ok(()),
        }
    }

    fn newest_other(&self, connection: &Connection) -> Result<Option<Self>> {
        let newest: Option<u32> = connection
            .prepare_cached(
                "SELECT max(version) FROM subscriptions
                 WHERE kind = ?1 AND name = ?2 AND version <> ?3 AND built",
            )?
            .query_row(
                params![
                    SubscriptionKind::Projection.as_str(),
                    self.projection.as_str(),
                    self.number
                ],
                |row| row.get(0),
            )?;
        Ok(newest.map(|number| Self {
            projection: self.projection.clone(),
            number,
        }))
    }

    /// Makes readers see its tables, in place of those of an older version. Those of a newer one stay.
    pub(crate) fn publish(&self, connection: &Connection) -> Result<()> {
        if self.is_overtaken(connection)? {
            return Ok(());
        }
        self.drop_aliases(connection, |_| true)?;
        for (table, _) in self.tables(connection)? {
            connection.execute_batch(&self.alias(&table).sql)?;
        }
        Ok(())
    }

    /// Whether readers see the tables of a newer version.
    fn is_overtaken(&self, connection: &Connection) -> Result<bool> {
        let aliases = self.aliases(connection)?;
        Ok(aliases.iter().any(|(_, of)| *of > self.number))
    }

    /// Whether readers see its tables and no older version's, or those of a newer one.
    pub(crate) fn is_published(&self, connection: &Connection) -> Result<bool> {
        if self.is_overtaken(connection)? {
            return Ok(true);
        }
        let mut missing = 0;
        let tables = self.tables(connection)?;
        for (table, _) in &tables {
            let alias = self.alias(table);
            let found: Option<String> = connection
                .prepare_cached("SELECT sql FROM sqlite_schema WHERE name = ?1 AND type = 'view'")?
                .query_row([&alias.name], |row| row.get(0))
                .optional()?;
            missing += usize::from(found.as_ref() != Some(&alias.sql));
        }
        let others = self.aliases(connection)?;
        Ok(missing == 0 && others.iter().all(|(_, of)| *of == self.number))
    }

    fn drop_aliases(&self, connection: &Connection, of: impl Fn(u32) -> bool) -> Result<()> {
        for (alias, version) in self.aliases(connection)? {
            if of(version) {
                connection.execute_batch(&format!("DROP VIEW {}", quoted(&alias)))?;
            }
        }
        Ok(())
    }

    /// What readers know of this projection, and the version that it belongs to.
    fn aliases(&self, connection: &Connection) -> Result<Vec<(String, u32)>> {
        let prefix = format!("{}_", self.projection);
        let mut list = connection.prepare_cached(
            "SELECT name, substr(name, length(?1) + 1), sql FROM sqlite_schema
             WHERE type = 'view' AND substr(name, 1, length(?1)) = ?1 ORDER BY name",
        )?;
        let rows = list.query_map([&prefix], |row| {
            let (table, sql): (String, String) = (row.get(1)?, row.get(2)?);
            let version = self.version_of(&table, &sql);
            version
                .map(|version| Ok((row.get(0)?, version)))
                .transpose()
        })?;
        rows.filter_map(Result::transpose).collect()
    }

    /// The version that a view shows a table of; none for a view of somebody else's.
    fn version_of(&self, table: &str, sql: &str) -> Option<u32> {
        let start = format!(
            "CREATE VIEW {} AS SELECT * FROM \"{}_v",
            quoted(&format!("{}_{table}", self.projection)),
            self.projection
        );
        let end = format!("_{table}\"");
        sql.strip_prefix(&start)?.strip_suffix(&end)?.parse().ok()
    }
}

/// Whether a table can be called so: neither quoting nor case matters to such a name, nor can it be taken for a version.
pub(super) fn is_table(name: &str) -> bool {
    let version = name.strip_prefix('v').unwrap_or_default();
    name.len() <= 60
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && !version.starts_with(|first: char| first.is_ascii_digit())
        && name
            .chars()
            .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_')
}

/// A name as SQL reads it, whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: u32) -> Version {
        Version {
            projection: "sales".into(),
            number,
        }
    }

    fn make(connection: &Connection, version: &Version, table: &str, value: u32) {
        let table = quoted(&version.table(table));
        let sql = format!("CREATE TABLE {table} (n); INSERT INTO {table} VALUES ({value})");
        connection.execute_batch(&sql).unwrap();
    }

    fn read(connection: &Connection, table: &str) -> Option<u32> {
        let sql = format!("SELECT n FROM {table}");
        connection.query_row(&sql, [], |row| row.get(0)).ok()
    }

    #[test]
    fn readers_see_one_version_until_another_is_published() {
        let connection = Connection::open_in_memory().unwrap();
        let (first, second) = (version(1), version(12));
        make(&connection, &first, "orders", 1);
        make(&connection, &first, "gone", 1);
        make(&connection, &second, "orders", 2);
        connection
            .execute_batch("CREATE VIEW sales_by_hand AS SELECT 7 AS n")
            .unwrap();

        assert!(!first.is_published(&connection).unwrap());
        first.publish(&connection).unwrap();
        assert!(first.is_published(&connection).unwrap());
        assert!(!second.is_published(&connection).unwrap());
        assert_eq!(read(&connection, "sales_orders"), Some(1));

        second.publish(&connection).unwrap();
        assert!(second.is_published(&connection).unwrap());
        assert_eq!(read(&connection, "sales_orders"), Some(2));
        assert_eq!(read(&connection, "sales_gone"), None);
        assert_eq!(read(&connection, "sales_v1_gone"), Some(1));

        first.drop_all(&connection).unwrap();
        assert_eq!(read(&connection, "sales_v1_gone"), None);
        assert_eq!(read(&connection, "sales_orders"), Some(2));

        second.drop_all(&connection).unwrap();
        assert_eq!(read(&connection, "sales_orders"), None);
        assert_eq!(read(&connection, "sales_by_hand"), Some(7));
    }

    #[test]
    fn tables_that_refer_to_each_other_are_dropped_together() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .pragma_update(None, "foreign_keys", true)
            .unwrap();
        connection
            .execute_batch(
                "CREATE TABLE sales_v1_a (id INTEGER PRIMARY KEY, b REFERENCES sales_v1_b (id));
                 CREATE TABLE sales_v1_b (id INTEGER PRIMARY KEY);
                 CREATE TABLE sales_v1_c (a REFERENCES sales_v1_a (id));
                 INSERT INTO sales_v1_b VALUES (1);
                 INSERT INTO sales_v1_a VALUES (1, 1);
                 INSERT INTO sales_v1_c VALUES (1);",
            )
            .unwrap();
        let transaction = connection.transaction().unwrap();
        version(1).drop_all(&transaction).unwrap();
        assert!(version(1).tables(&transaction).unwrap().is_empty());
        transaction.commit().unwrap();
    }

    #[test]
    fn names_of_tables_are_plain_and_have_no_version() {
        for good in ["orders", "by_day_2", "v", "vat", "values_of"] {
            assert!(is_table(good), "{good}");
        }
        for bad in [
            "",
            "Orders",
            "2nd",
            "_x",
            "a-b",
            "a\"b",
            "v2",
            "v2_orders",
            "ä",
        ] {
            assert!(!is_table(bad), "{bad}");
        }
    }
}
