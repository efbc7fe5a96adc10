//! T11: transactions of others that stay open.

use std::time::{Duration, Instant};

use cqrs_core::EventStore;
use cqrs_postgres::Postgres;
use temporary_postgres::Server;
use tokio::{task::JoinSet, time::timeout};

use crate::{limits, load::Load, make, turn};

/// An old snapshot, a transaction that writes in another database, and one that is prepared: readers hear of each append
/// soon, and appends take as long as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_others_hold_up_neither_readers_nor_writers() {
    let _turn = turn::alone().await;
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
    // Four fifths of the appends in the same time.
    let limit = before * 5 / 4;
    let lag = limits::p99(news(&store, &reader).await);
    println!("the same appends took {before:?} before and {during:?} during, news took {lag:?}");
    limits::at_most("the same appends", during, limit);
    limits::at_most("news", lag, Duration::from_millis(250));

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

/// How long the same appends by 8 tasks take.
async fn throughput(store: &Postgres) -> Duration {
    let each = limits::usual_or_exact(50, 1_000);
    let began = Instant::now();
    let tasks = (0..8).map(|task| {
        let store = store.clone();
        async move {
            for _ in 0..each {
                let append = make::append(&format!("t{task}"), [make::event("t")]);
                make::store(&store, append).await.expect("appended");
            }
        }
    });
    tasks.collect::<JoinSet<_>>().join_all().await;
    began.elapsed()
}

/// How long it took each time until another node heard of an append.
async fn news(store: &Postgres, reader: &Postgres) -> Vec<Duration> {
    let mut head = reader.watch();
    let mut waits = Vec::new();
    for _ in 0..limits::usual_or_exact(20, 200) {
        let append = make::append("news", [make::event("news")]);
        let position = make::store(store, append).await.expect("appended").position;
        let since = Instant::now();
        let reached = head.wait_for(|head| *head >= position);
        let reached = timeout(Duration::from_secs(10), reached)
            .await
            .expect("it is heard");
        drop(reached.expect("the store is here"));
        waits.push(since.elapsed());
    }
    waits
}
