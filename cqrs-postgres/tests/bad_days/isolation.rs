//! Transactions and locks of others.

use std::time::{Duration, Instant};

use cqrs_core::{EventStore, store::error::StoreErrorKind};
use cqrs_postgres::Postgres;

use tokio::task::JoinSet;

use crate::make;

/// An append without requests, by hand.
const APPEND: &str = "SELECT cqrs.append_v1(false, 0, 0, '00000000-0000-0000-0000-000000000000',
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}',
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')";

/// T14: who calls the functions at another isolation level is refused, and nothing is written.
#[tokio::test]
async fn the_log_is_not_written_from_an_older_snapshot() {
    let (store, database) = make::fresh().await;
    make::fill(&store, 1).await;
    let client = make::client(database.url()).await;
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        for call in [
            APPEND,
            "SELECT cqrs.erase_v1('Account', 'a0', '{1}', '{0}', gen_random_uuid(), '$erased', 0)",
        ] {
            make::run(&client, &format!("BEGIN ISOLATION LEVEL {level}")).await;
            let error = client.simple_query(call).await.expect_err("it is refused");
            assert_eq!(
                error.code().expect("a code").code(),
                "25000",
                "{call}: {error:?}"
            );
            make::run(&client, "ROLLBACK").await;
        }
    }
    make::run(&client, APPEND).await;
    assert_eq!(store.head().await.expect("a head").get(), 1);
    make::assert_sound(&store).await;
}

/// T14: defaults of the database do not reach the store's own connections.
#[tokio::test]
async fn a_database_that_is_serializable_by_default_does_not_matter() {
    let (_store, database) = make::fresh().await;
    let client = make::client(database.url()).await;
    make::run(
        &client,
        "DO $$ BEGIN
             EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', current_database());
             EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database());
             EXECUTE format('ALTER DATABASE %I SET search_path = pg_catalog', current_database());
         END $$",
    )
    .await;
    let store = Postgres::connect(database.url()).await.expect("a store");
    make::fill(&store, 30).await;
    make::assert_sound(&store).await;
}

/// T14: who holds the lock for too long makes appends fail with an error that says so; then they go on.
#[tokio::test]
async fn a_lock_that_is_held_for_too_long_is_a_typed_error() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::options()
        .lock_timeout(Duration::from_millis(200))
        .patience(Duration::from_millis(600))
        .connect(database.url())
        .await
        .expect("a store");
    let client = make::client(database.url()).await;
    for hold in [
        "SELECT pg_advisory_xact_lock(1668379251, 'cqrs.events'::regclass::oid::integer)",
        "LOCK TABLE cqrs.events IN EXCLUSIVE MODE",
        "LOCK TABLE cqrs.events IN ACCESS EXCLUSIVE MODE",
    ] {
        make::run(&client, &format!("BEGIN; {hold}")).await;
        let began = Instant::now();
        let answers = (0..20).map(|number| {
            let append = make::append(&format!("s{number}"), [make::event("late")]);
            let store = store.clone();
            async move { make::store(&store, append).await }
        });
        let answers: Vec<_> = answers.collect::<JoinSet<_>>().join_all().await;
        let took = began.elapsed();
        assert!(
            took < Duration::from_secs(4),
            "{hold}: answers took {took:?}"
        );
        for answer in answers {
            let error = make::failure(answer);
            assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{hold}");
            assert!(error.to_string().contains("holds a lock"), "{error}");
        }
        if hold.contains("ACCESS") {
            let error = store.head().await.expect_err("reads wait too");
            assert!(error.is_transient(), "{error:?}");
        } else {
            store.head().await.expect("reads go on");
        }
        make::run(&client, "ROLLBACK").await;
        make::store(&store, make::append("s0", [make::event("in time")]))
            .await
            .expect("it goes on");
    }
    assert_eq!(make::everything(&store).await.len(), 3);
    make::assert_sound(&store).await;
}
