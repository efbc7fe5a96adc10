//! Connecting: check the server, make or update the tables, learn which store it is, start the tasks.

use std::{sync::Arc, time::Duration};

use cqrs_core::{StoreId, store::Identity};
use tokio_postgres::Config;

use crate::{
    ConnectError, Options, Postgres,
    connection::Connection,
    error::DbError,
    names::{Names, Sql},
    numbers::position,
    row::get,
    schema::{self, VERSION},
    shared::{self, Seen, Shared},
};

pub(crate) async fn connect(url: &str, options: Options) -> Result<Postgres, ConnectError> {
    let names = Names::new(&options.schema)?;
    let config = shared::config(url, &options)?;
    let connection = dialled(&config, &options).await?;
    check_server(&connection).await?;
    if find(&connection, &names).await?.needs_migration() {
        if !options.migrate {
            let found = find(&connection, &names).await?;
            return Err(ConnectError::NotMigrated {
                schema: names.schema,
                found: found.version,
                needed: VERSION,
            });
        }
        run_script(&config, &options, &schema::migration_sql(&names)).await?;
    }
    find(&connection, &names).await?.check(&names)?;
    let sql = Sql::new(&names);
    let identity = identity(&connection, &sql)
        .await
        .map_err(ConnectError::asking)?;
    let seen = last(&connection, &sql)
        .await
        .map_err(ConnectError::asking)?;
    let shared = Shared::new(config, names, options, identity, seen);
    Ok(Postgres::start(Arc::new(shared)))
}

pub(crate) async fn migrate(url: &str, options: Options) -> Result<(), ConnectError> {
    let names = Names::new(&options.schema)?;
    let config = shared::config(url, &options)?;
    let connection = dialled(&config, &options).await?;
    check_server(&connection).await?;
    if find(&connection, &names).await?.needs_migration() {
        run_script(&config, &options, &schema::migration_sql(&names)).await?;
    }
    find(&connection, &names).await?.check(&names)
}

pub(crate) async fn mark_restored(url: &str, options: Options) -> Result<(), ConnectError> {
    let names = Names::new(&options.schema)?;
    let config = shared::config(url, &options)?;
    // Between appends, so that none is acknowledged afterwards that began before.
    let sql = names.fill(
        "BEGIN;
         SET LOCAL statement_timeout = 0;
         SET LOCAL lock_timeout = 0;
         SELECT {schema}.lock_log_v1();
         UPDATE {schema}.meta SET restore_epoch = restore_epoch + 1;
         COMMIT;",
    );
    run_script(&config, &options, &sql).await
}

async fn dialled(config: &Config, options: &Options) -> Result<Connection, ConnectError> {
    shared::dialled(config, options, None)
        .await
        .map_err(|error| ConnectError::dialing(&shared::server(config), error))
}

/// On a connection of its own: when it fails, what is left of its transaction goes with it. It takes as long as it takes.
async fn run_script(config: &Config, options: &Options, script: &str) -> Result<(), ConnectError> {
    let unlimited = options.clone().statement_timeout(Duration::ZERO);
    let connection = dialled(config, &unlimited).await?;
    connection
        .execute(script)
        .await
        .map_err(ConnectError::asking)
}

async fn check_server(connection: &Connection) -> Result<(), ConnectError> {
    let (number, version, encoding) = server(connection).await.map_err(ConnectError::asking)?;
    if number < 140_000 {
        return Err(ConnectError::OldServer { found: version });
    }
    if encoding != "UTF8" {
        return Err(ConnectError::Encoding { found: encoding });
    }
    Ok(())
}

async fn server(connection: &Connection) -> Result<(i32, String, String), DbError> {
    let sql = "SELECT current_setting('server_version_num')::integer,
               current_setting('server_version'), current_setting('server_encoding')";
    let rows = connection.query(sql, &[]).await?;
    match rows.first() {
        Some(row) => Ok((get(row, 0)?, get(row, 1)?, get(row, 2)?)),
        None => Err(no_answer()),
    }
}

/// The schema as it was found.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// 0 when there are no tables.
    version: u32,
    min_compatible: u32,
}

impl Found {
    const fn needs_migration(self) -> bool {
        self.version < VERSION
    }

    fn check(self, names: &Names) -> Result<(), ConnectError> {
        if self.version > VERSION && self.min_compatible > VERSION {
            return Err(ConnectError::TooNew {
                schema: names.schema.clone(),
                found: self.version,
                known: VERSION,
            });
        }
        Ok(())
    }
}

async fn find(connection: &Connection, names: &Names) -> Result<Found, ConnectError> {
    found(connection, names).await.map_err(ConnectError::asking)
}

async fn found(connection: &Connection, names: &Names) -> Result<Found, DbError> {
    let schema = &names.schema;
    let there = format!("SELECT to_regclass('{schema}.meta') IS NOT NULL");
    let rows = connection.query(&there, &[]).await?;
    let is_there = match rows.first() {
        Some(row) => get(row, 0)?,
        None => false,
    };
    if !is_there {
        return Ok(Found {
            version: 0,
            min_compatible: 0,
        });
    }
    let version = format!("SELECT schema_version, min_compatible FROM {schema}.meta");
    let rows = connection.query(&version, &[]).await?;
    let row = rows.first().ok_or_else(no_answer)?;
    let number = |found: i32| u32::try_from(found).unwrap_or(0);
    Ok(Found {
        version: number(get(row, 0)?),
        min_compatible: number(get(row, 1)?),
    })
}

async fn identity(connection: &Connection, sql: &Sql) -> Result<Identity, DbError> {
    let rows = connection
        .query(&sql.who, &[(&0_i64, tokio_postgres::types::Type::INT8)])
        .await?;
    let row = rows.first().ok_or_else(no_answer)?;
    Ok(Identity {
        store: StoreId::new(get(row, 0)?),
        epoch: u32::try_from(get::<i32>(row, 1)?).unwrap_or(0),
    })
}

async fn last(connection: &Connection, sql: &Sql) -> Result<Seen, DbError> {
    let rows = connection.query(&sql.last, &[]).await?;
    match rows.first() {
        Some(row) => Ok(Seen {
            position: position(get(row, 0)?),
            id: get(row, 1)?,
        }),
        None => Ok(Seen::NOTHING),
    }
}

fn no_answer() -> DbError {
    crate::error::corrupt("the store's table `meta` has no row: restore a backup").into()
}
