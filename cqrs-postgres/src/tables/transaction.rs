//! One transaction: the checkpoint, what is done to the tables, and what readers see.

use std::{panic::AssertUnwindSafe, sync::PoisonError};

use cqrs_core::{
    HandlerError, StoreError,
    store::{
        documents::{PageCommit, Subscription},
        error::StoreErrorKind,
        tables::{TablesCommit, TablesError},
    },
};
use futures::FutureExt;

use super::{
    PostgresTables,
    version::{ATTEMPTS, Version, is_locked},
};
use crate::{
    Postgres, connection::Connection, error::DbError, pages, reader::documents::Which, row::get,
};

/// Nothing else writes while the page is in hand but whoever waits for the same checkpoint.
const BEGIN: &str = "BEGIN; SELECT set_config('synchronous_commit', 'on', true)
     WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply')";

/// Commits a page with its work. A connection in the middle of a transaction is thrown away, which takes it back.
pub(super) async fn run(
    store: &Postgres,
    commit: TablesCommit<Postgres>,
) -> Result<(), TablesError> {
    let connection = take(store).await.map_err(StoreError::from)?;
    let (connection, done) = transact(store, connection, commit).await;
    if let Some(connection) = connection {
        give_back(store, connection, done.is_ok()).await;
    }
    done
}

/// Forgets a version with its tables. Readers who see them are shown those of the newest other version that is built, if
/// there is one.
pub(crate) async fn forget(store: &Postgres, subscription: &Subscription) -> Result<(), DbError> {
    let mut attempts = ATTEMPTS;
    loop {
        let connection = take(store).await?;
        let done = forget_by(store, &connection, subscription).await;
        give_back(store, connection, done.is_ok()).await;
        attempts -= 1;
        match done {
            // A reader has them, who is to go on.
            Err(error) if attempts > 0 && is_locked(&error) => {}
            done => return done,
        }
    }
}

/// Takes everything in the order of who runs a version: its rows, what readers see, its tables.
async fn forget_by(
    store: &Postgres,
    connection: &Connection,
    subscription: &Subscription,
) -> Result<(), DbError> {
    let shared = &store.inner.shared;
    let (which, version) = (
        Which::of(subscription),
        Version::of(&shared.names, subscription),
    );
    connection.execute(BEGIN).await?;
    connection
        .query(&shared.sql.forget, &which.and(&[]))
        .await?;
    // Before it is looked which others there are: one that is committing that it is built shows itself, or is seen here.
    version.lock(connection).await?;
    let aliases = version.aliases(connection).await?;
    let newest = connection
        .query(&shared.sql.newest_other, &which.and(&[]))
        .await?;
    let newest = newest.first().map(|row| get::<Option<i64>>(row, 0));
    let newest = newest.transpose()?.flatten();
    if let Some(number) = newest.and_then(|number| u32::try_from(number).ok())
        && version.is_seen(&aliases)
    {
        let next = Subscription {
            version: number,
            ..subscription.clone()
        };
        // Before the tables go, so that what others have made of the names that readers know stays.
        let next = Version::of(&shared.names, &next);
        next.take_over(connection, aliases).await?;
    }
    connection.execute(&version.drop_sql()).await?;
    connection.execute("COMMIT").await
}

/// Keeps a connection for the next transaction, if this one has ended or can be ended.
async fn give_back(store: &Postgres, connection: Connection, has_ended: bool) {
    if has_ended || connection.execute("ROLLBACK").await.is_ok() {
        let mut idle = store
            .inner
            .tables
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        idle.push(connection);
    }
}

async fn take(store: &Postgres) -> Result<Connection, DbError> {
    store.inner.shared.check()?;
    loop {
        let idle = {
            let mut idle = store
                .inner
                .tables
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            idle.pop()
        };
        match idle {
            Some(connection) if connection.is_closed() => {}
            Some(connection) => return Ok(connection),
            None => return store.inner.shared.connect(None).await,
        }
    }
}

type Transacted = (Option<Connection>, Result<(), TablesError>);

async fn transact(
    store: &Postgres,
    connection: Connection,
    mut commit: TablesCommit<Postgres>,
) -> Transacted {
    let subscription = commit.page.subscription.clone();
    let version = Version::of(&store.inner.shared.names, &subscription);
    if let Some(refusal) = version.refusal() {
        return (
            Some(connection),
            Err(TablesError::Work(HandlerError::permanent(refusal))),
        );
    }
    let number = match begin(store, &connection, &version, &commit.page).await {
        Ok(Some(number)) => number,
        Ok(None) => return (Some(connection), Err(TablesError::Moved { subscription })),
        Err(error) => return (Some(connection), Err(StoreError::from(error).into())),
    };
    let mut tables = PostgresTables::new(connection, version.clone());
    let work = AssertUnwindSafe(commit.work.perform(&mut tables)).catch_unwind();
    let done = work
        .await
        .unwrap_or_else(|_panic| Err(HandlerError::permanent("the projection panicked")));
    let (connection, failure) = tables.close();
    let done = match (done, failure) {
        // What the server fails with is nobody's mistake, whatever was made of the error.
        (_, Some(failure)) if is_trouble(&failure) => Err(StoreError::from(failure).into()),
        (Ok(()), Some(failure)) => {
            let error = HandlerError::permanent(StoreError::from(failure));
            Err(TablesError::Work(error))
        }
        (Err(error), _) => Err(TablesError::Work(error)),
        (Ok(()), None) => finish(&connection, &version, number, commit.publish).await,
    };
    (Some(connection), done)
}

/// Begins, and moves the checkpoint: the transaction's number, or `None` when somebody else has moved it.
async fn begin(
    store: &Postgres,
    connection: &Connection,
    version: &Version,
    page: &PageCommit,
) -> Result<Option<i64>, DbError> {
    connection.execute(BEGIN).await?;
    let sql = &store.inner.shared.sql;
    if !pages::commit(connection, sql, page).await? {
        return Ok(None);
    }
    if page.reset {
        connection.execute(&version.drop_sql()).await?;
        connection.execute(&version.create_sql()).await?;
    }
    number(connection).await.map(Some)
}

/// Whether the same may work later: everything that says nothing about the statement itself.
fn is_trouble(failure: &DbError) -> bool {
    StoreError::from(failure.clone()).is_transient()
}

async fn finish(
    connection: &Connection,
    version: &Version,
    begun: i64,
    publish: bool,
) -> Result<(), TablesError> {
    let number = number(connection).await.map_err(StoreError::from)?;
    if number != begun {
        let error = HandlerError::permanent("a statement ended the transaction");
        return Err(TablesError::Work(error));
    }
    if publish && let Err(error) = version.publish(connection).await {
        // A name that somebody else's table has already stays taken.
        return Err(if is_trouble(&error) {
            StoreError::from(error).into()
        } else {
            TablesError::Work(HandlerError::permanent(StoreError::from(error)))
        });
    }
    let committed = connection.execute("COMMIT").await;
    Ok(committed.map_err(StoreError::from)?)
}

/// Which transaction this is.
async fn number(connection: &Connection) -> Result<i64, DbError> {
    let rows = connection
        .query("SELECT pg_current_xact_id()::text::bigint", &[])
        .await?;
    let row = rows.first().ok_or_else(|| {
        StoreError::new(
            StoreErrorKind::Other,
            "the server does not say which transaction this is",
        )
    })?;
    Ok(get(row, 0)?)
}
