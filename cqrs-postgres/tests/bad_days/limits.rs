//! Too few connections, and too few rights.

use std::time::{Duration, Instant};

use cqrs_core::{
    EventStore, NodeId, Position, Revision,
    store::{
        Snapshot,
        documents::{
            Checkpoint, DocumentChange, PageCommit, Selection, Subscription, SubscriptionKind,
            ViewStore,
        },
        error::StoreErrorKind,
        leases::{Beat, LeaseStore},
    },
};
use cqrs_postgres::{ConnectError, Postgres};
use temporary_postgres::{Options, Server};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::make;

/// All connections busy: who waits for one for too long is told so, and appends have a connection of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pool_that_is_exhausted_is_a_typed_error() {
    let database = temporary_postgres::shared().expect("a database");
    Postgres::migrate(database.url()).await.expect("tables");
    let store = Postgres::options()
        .connections(2)
        .statement_timeout(Duration::from_millis(400))
        .connect(database.url())
        .await
        .expect("a store");
    make::fill(&store, 10).await;
    let client = make::client(database.url()).await;
    // What holds the readers up does not concern the log.
    make::run(
        &client,
        "BEGIN; LOCK TABLE cqrs_views.documents IN ACCESS EXCLUSIVE MODE",
    )
    .await;
    let began = Instant::now();
    let view = page("View").subscription;
    let reads = (0..8).map(|_| {
        let (store, view) = (store.clone(), view.clone());
        async move { store.list(&view, &Selection::default()).await }
    });
    let reads = tokio::spawn(reads.collect::<JoinSet<_>>().join_all());
    make::store(&store, make::append("a", [make::event("meanwhile")]))
        .await
        .expect("appended");
    let reads = reads.await.expect("no panic");
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let mut busy = 0;
    for read in reads {
        let error = read.expect_err("nobody gets through");
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        busy += usize::from(error.to_string().contains("all 2 connections"));
    }
    assert!(busy > 0, "nobody waited for a connection");
    make::run(&client, "ROLLBACK").await;
    store
        .list(&view, &Selection::default())
        .await
        .expect("it goes on");
}

/// A server without a connection left: a typed error when connecting, and calls that wait for one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_without_connections_is_a_typed_error() {
    let options = Options::new()
        .set("max_connections", 8)
        .set("superuser_reserved_connections", 0);
    let server = Server::with(options).expect("a server");
    let url = server.create_database();
    let store = Postgres::options()
        .patience(Duration::from_millis(500))
        .connect(&url)
        .await
        .expect("a store");
    make::fill(&store, 1).await;
    let mut others = Vec::new();
    while let Ok((client, connection)) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await
    {
        drop(tokio::spawn(connection));
        others.push(client);
    }
    let error = Postgres::connect(&url)
        .await
        .expect_err("there is none left");
    assert!(
        matches!(error, ConnectError::TooManyConnections { .. }),
        "{error:?}"
    );
    let error = store.head().await.expect_err("there is none left");
    assert!(error.is_transient(), "{error:?}");
    make::store(&store, make::append("a", [make::event("a")]))
        .await
        .expect("it has one");
    drop(others);
    crate::load::until_acknowledged(&store, make::append("a", [make::event("b")])).await;
    while store.head().await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// A role with what `grants_sql` gives does everything that a program does, and nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_with_the_rights_of_a_program_is_enough() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    let owner = make::client(&url).await;
    make::run(
        &owner,
        "CREATE ROLE app LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC",
    )
    .await;
    let app_url = url.replace("postgres@", "app@");
    let error = Postgres::connect(&app_url)
        .await
        .expect_err("it may not make tables");
    assert!(matches!(error, ConnectError::Denied(_)), "{error:?}");

    make::run(&owner, &Postgres::migration_sql()).await;
    let error = Postgres::connect(&app_url)
        .await
        .expect_err("it may not read");
    assert!(matches!(error, ConnectError::Denied(_)), "{error:?}");
    make::run(&owner, &Postgres::grants_sql("app")).await;
    let store = Postgres::options()
        .migrate(false)
        .connect(&app_url)
        .await
        .expect("a store");
    use_everything(&store).await;

    let app = make::client(&app_url).await;
    for forbidden in [
        "DELETE FROM cqrs.events",
        "UPDATE cqrs.events SET payload = ''",
        "INSERT INTO cqrs.tags VALUES ('a', 1, 'b')",
        "TRUNCATE cqrs_views.documents",
        "UPDATE cqrs.meta SET restore_epoch = 7",
        "SELECT cqrs.lock_log_v1()",
        "CREATE TABLE cqrs.mine (n integer)",
    ] {
        let error = app.batch_execute(forbidden).await.expect_err(forbidden);
        assert_eq!(
            error.code().expect("a code").code(),
            "42501",
            "{forbidden}: {error:?}"
        );
    }
    make::assert_sound(&store).await;
}

async fn use_everything(store: &Postgres) {
    make::fill(store, 30).await;
    let stream = make::stream("a0");
    let snapshot = Snapshot {
        version: 1,
        revision: Revision::new(1),
        state: "{}".into(),
    };
    store
        .save_snapshot(&stream, snapshot.clone())
        .await
        .expect("saved");
    assert_eq!(
        store.snapshot(&stream, 1).await.expect("read"),
        Some(snapshot)
    );
    assert_eq!(store.erase(&stream).await.expect("erased"), 10);
    let page = page("View");
    let view = page.subscription.clone();
    let node = NodeId::new(Uuid::now_v7());
    let beat = Beat {
        node,
        name: "one".to_owned(),
        term: Duration::from_secs(60),
        subscriptions: vec![(view.clone(), "ready".into())],
    };
    let pulse = store.beat(&beat).await.expect("a pulse");
    assert_eq!(pulse.leases.len(), 1);
    store.commit(page).await.expect("committed");
    assert_eq!(
        store
            .list(&view, &Selection::default())
            .await
            .expect("a list")
            .found
            .len(),
        1
    );
    assert!(store.parked(&view, None).await.expect("read").is_empty());
    assert_eq!(store.leases().await.expect("read").len(), 1);
    store.leave(node).await.expect("left");
    store.forget(&view).await.expect("forgotten");
    assert!(store.subscriptions().await.expect("read").is_empty());
}

fn page(name: &'static str) -> PageCommit {
    PageCommit {
        subscription: Subscription {
            kind: SubscriptionKind::View,
            name: name.into(),
            version: 1,
        },
        expected: None,
        checkpoint: Checkpoint {
            position: Position::new(1),
            epoch: 1,
            mixed: false,
            built: true,
            paused: false,
        },
        reset: false,
        documents: vec![DocumentChange {
            key: "k".into(),
            content: Some(("{}".into(), Vec::new())),
        }],
        park: Vec::new(),
        unpark: Vec::new(),
    }
}
