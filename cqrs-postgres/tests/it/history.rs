//! A database that comes back with less, or with other events, than it had.

use std::time::Duration;

use cqrs_core::{AppendError, EventStore, ReadError, StoreError, store::error::StoreErrorKind};
use cqrs_postgres::Postgres;
use temporary_postgres::Database;

use crate::make;

async fn store() -> (Postgres, Database) {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::options()
        .poll_every(Duration::from_secs(3_600))
        .connect(database.url())
        .await
        .expect("a store");
    make::fill(&store, 5).await;
    (store, database)
}

/// Takes the last events away, as a fail-over to a server that was behind does.
async fn lose(database: &Database, after: u64) {
    let owner = make::owner(database.url()).await;
    let sql = format!(
        "DELETE FROM cqrs.tags WHERE position > {after}; DELETE FROM cqrs.events WHERE position > {after}"
    );
    owner.batch_execute(&sql).await.expect("lost");
}

fn assert_changed(error: &StoreError) {
    assert_eq!(error.kind(), StoreErrorKind::HistoryChanged, "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn nothing_is_appended_to_a_history_that_lost_its_end() {
    let (store, database) = store().await;
    lose(&database, 3).await;

    let error = make::store(&store, make::append("b", [make::event("late")])).await;

    let Err(AppendError::Store(error)) = error else {
        panic!("{error:?}");
    };
    assert_changed(&error);
    let Err(ReadError::Store(error)) = store.head().await else {
        panic!("every later call fails");
    };
    assert_changed(&error);
    let again = Postgres::connect(database.url())
        .await
        .expect("a program that starts anew");
    assert_eq!(make::everything(&again).await.len(), 3);
    make::fill(&again, 1).await;
}

#[tokio::test]
async fn other_events_in_the_place_of_lost_ones_are_noticed() {
    let (store, database) = store().await;
    lose(&database, 3).await;
    let other = Postgres::connect(database.url())
        .await
        .expect("another program");
    make::fill(&other, 4).await;

    let error = make::store(&store, make::append("b", [make::event("late")])).await;

    assert!(
        matches!(&error, Err(AppendError::Store(error)) if error.kind() == StoreErrorKind::HistoryChanged),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_poll_notices_it_too() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::options()
        .poll_every(Duration::from_millis(20))
        .connect(database.url())
        .await
        .expect("a store");
    make::fill(&store, 5).await;
    lose(&database, 3).await;

    let noticed = async {
        while store.head().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), noticed)
        .await
        .expect("noticed");
}

#[tokio::test]
async fn a_restored_database_takes_nothing_more_from_programs_that_run() {
    let (store, database) = store().await;
    let marked = Postgres::options().mark_restored(database.url()).await;
    marked.expect("marked");

    let error = make::store(&store, make::append("b", [make::event("late")])).await;

    let Err(AppendError::Store(error) | AppendError::Unknown(error)) = error else {
        panic!("{error:?}");
    };
    assert_changed(&error);
}
