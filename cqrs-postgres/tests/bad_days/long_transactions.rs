//! Transactions of others that stay open.

use std::time::{Duration, Instant};

use cqrs_core::EventStore;
use cqrs_postgres::Postgres;
use temporary_postgres::Server;
use tokio::{task::JoinSet, time::timeout};

use crate::{load::Load, make};

/// T11: an old snapshot, a transaction that writes in another database, and one that is prepared: readers hear of each
/// append soon, and the time that appends take stays in its order of magnitude.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn transactions_of_others_hold_up_neither_readers_nor_writers() {
    let server = Server::start().expect("a server");
    let url = server.create_database();
    let store = Postgres::connect(&url).await.expect("a store");
    let reader = Postgres::connect(&url).await.expect("a store");
    make::fill(&store, 10).await;
    let before = throughput(&store).await;

    let old = make::client(&url).await;
    make::run(
        &old,
        "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM cqrs.events",
    )
    .await;
    let elsewhere = make::client(&server.create_database()).await;
    make::run(
        &elsewhere,
        "BEGIN; CREATE TABLE t (n integer); INSERT INTO t VALUES (1)",
    )
    .await;
    let prepared = make::client(&url).await;
    make::run(
        &prepared,
        "BEGIN; CREATE TABLE public.t (n integer); PREPARE TRANSACTION 'long'",
    )
    .await;

    let during = throughput(&store).await;
    println!("400 appends took {before:?} before and {during:?} during");
    assert!(
        during < before * 10 + Duration::from_secs(3),
        "{before:?}, {during:?}"
    );
    let longest = news(&store, &reader).await;
    assert!(longest < Duration::from_secs(1), "news took {longest:?}");

    let load = Load::start(&store, &reader, 4);
    load.more(100).await;
    let done = load.finish().await;
    assert_eq!(
        old.simple_query("SELECT 1")
            .await
            .expect("it is still open")
            .len(),
        3
    );
    let stored = make::everything(&reader).await;
    assert!(stored.len() > done.acknowledged.len());
    make::run(&prepared, "ROLLBACK PREPARED 'long'").await;
    make::assert_sound(&store).await;
}

/// How long 400 appends by 8 tasks take.
async fn throughput(store: &Postgres) -> Duration {
    let began = Instant::now();
    let tasks = (0..8).map(|task| {
        let store = store.clone();
        async move {
            for _ in 0..50 {
                let append = make::append(&format!("t{task}"), [make::event("t")]);
                make::store(&store, append).await.expect("appended");
            }
        }
    });
    tasks.collect::<JoinSet<_>>().join_all().await;
    began.elapsed()
}

/// The longest that it took until another node heard of an append.
async fn news(store: &Postgres, reader: &Postgres) -> Duration {
    let mut head = reader.watch();
    let mut longest = Duration::ZERO;
    for _ in 0..20 {
        let append = make::append("news", [make::event("news")]);
        let position = make::store(store, append).await.expect("appended").position;
        let since = Instant::now();
        let reached = head.wait_for(|head| *head >= position);
        let reached = timeout(Duration::from_secs(10), reached)
            .await
            .expect("it is heard");
        drop(reached.expect("the store is here"));
        longest = longest.max(since.elapsed());
    }
    longest
}
