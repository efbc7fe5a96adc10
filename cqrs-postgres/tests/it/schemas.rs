//! Making the tables.

use cqrs_core::EventStore;
use cqrs_postgres::{ConnectError, Postgres};
use tokio::task::JoinSet;

use crate::make;

#[tokio::test]
async fn programs_that_start_together_make_the_tables_once() {
    let database = temporary_postgres::shared().expect("a database");
    let mut starting = JoinSet::new();
    for _ in 0..8 {
        let url = database.url().to_owned();
        starting.spawn(async move { Postgres::connect(url).await.expect("a store").identity() });
    }
    let identities = starting.join_all().await;

    assert!(identities.iter().all(|identity| *identity == identities[0]));
}

#[tokio::test]
async fn the_tables_can_be_made_by_hand_and_again() {
    let database = temporary_postgres::shared().expect("a database");
    let owner = make::owner(database.url()).await;
    let by_hand = || Postgres::options().migrate(false).connect(database.url());
    let error = by_hand().await.expect_err("there are no tables");
    assert!(
        matches!(
            error,
            ConnectError::NotMigrated {
                found: 0,
                needed: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("migration_sql"), "{error}");

    for _ in 0..2 {
        let script = Postgres::migration_sql();
        owner
            .batch_execute(&script)
            .await
            .expect("it can be run again");
    }

    let store = by_hand().await.expect("a store");
    make::fill(&store, 3).await;
    Postgres::migrate(database.url())
        .await
        .expect("nothing is left to do");
    make::assert_sound(&store).await;
}

#[tokio::test]
async fn two_schemas_are_two_stores() {
    let database = temporary_postgres::shared().expect("a database");
    let one = Postgres::connect(database.url()).await.expect("a store");
    let two = Postgres::options()
        .schema("Tenant_2")
        .connect(database.url())
        .await;
    let two = two.expect("a second store");
    make::fill(&one, 3).await;
    make::fill(&two, 1).await;

    assert_ne!(one.identity().store, two.identity().store);
    assert_eq!(make::everything(&one).await.len(), 3);
    assert_eq!(make::everything(&two).await.len(), 1);
    make::assert_sound(&two).await;
}

#[tokio::test]
async fn payloads_are_shown_as_json() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    for payload in [r#"{"b":1,"a":[true]}"#, r#""nul \u0000""#, "not json"] {
        let mut event = make::event("x");
        event.payload = payload.to_owned().into();
        make::store(&store, make::append("a", [event]))
            .await
            .expect("appended");
    }
    let owner = make::owner(database.url()).await;
    let shown = "SELECT string_agg(payload::text, ' | ' ORDER BY position) FROM cqrs.events_json";

    assert_eq!(
        make::value(&owner, shown).await.as_deref(),
        Some(r#"{"a": [true], "b": 1} | "\"nul \\\\u0000\"" | "not json""#)
    );
}

#[tokio::test]
async fn a_restored_store_has_the_next_epoch() {
    let database = temporary_postgres::shared().expect("a database");
    let before = Postgres::connect(database.url())
        .await
        .expect("a store")
        .identity();
    let marked = Postgres::options().mark_restored(database.url()).await;
    marked.expect("marked");
    let after = Postgres::connect(database.url())
        .await
        .expect("a store")
        .identity();

    assert_eq!((after.store, after.epoch), (before.store, before.epoch + 1));
}
