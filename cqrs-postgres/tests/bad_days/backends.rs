//! Connections that the server ends.

use std::time::{Duration, Instant};

use cqrs_core::EventStore;
use cqrs_postgres::Postgres;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::{load::Load, make};

/// T12: a random connection ends every 50 ms for 4 s: nothing acknowledged is lost, nothing is stored twice, and nobody
/// waits for long.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_end_all_the_time_lose_nothing() {
    let (store, database) = make::fresh().await;
    let admin = make::client(database.url()).await;
    let load = Load::start(&store, &store, 8);
    load.more(50).await;
    let mut ticks = interval(Duration::from_millis(50));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ended = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(4) {
        ticks.tick().await;
        ended += make::number(
            &admin,
            "SELECT count(pg_terminate_backend(pid)) FROM (
                 SELECT pid FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = 'cqrs'
                 ORDER BY random() LIMIT 1) one",
        )
        .await;
    }
    assert!(ended > 20, "only {ended} connections ended");
    load.more(50).await;
    let done = load.finish().await;
    // A second, and what else these machines have to do.
    assert!(
        done.longest < Duration::from_secs(4),
        "a wait of {:?}",
        done.longest
    );
    done.check(&store).await;
}

/// T43: the connection that listens ends every 500 ms: who follows the log hears of each append soon all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn news_arrive_though_the_listener_ends_all_the_time() {
    let (writer, database) = make::fresh().await;
    let admin = make::client(database.url()).await;
    let url = format!("{}?application_name=other", database.url());
    // Nothing reads here, so that its only connection is the one that listens.
    let other = Postgres::connect(url).await.expect("a store");
    let mut head = other.watch();
    let mut waits = Vec::new();
    let mut kills = interval(Duration::from_millis(500));
    let began = Instant::now();
    let mut ended = 0;
    while began.elapsed() < Duration::from_secs(5) {
        tokio::select! {
            _ = kills.tick() => {
                ended += make::number(
                    &admin,
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'other'",
                )
                .await;
            }
            appended = make::store(&writer, make::append("a", [make::event("news")])) => {
                let position = appended.expect("appended").position;
                let since = Instant::now();
                let reached = head.wait_for(|head| *head >= position);
                let reached = timeout(Duration::from_secs(10), reached).await.expect("it is heard");
                drop(reached.expect("the store is here"));
                waits.push(since.elapsed());
            }
        }
    }
    assert!(ended >= 5, "only {ended} connections ended");
    waits.sort_unstable();
    let (half, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    println!(
        "{} waits, half within {half:?}, the longest {longest:?}",
        waits.len()
    );
    assert!(
        half < Duration::from_millis(600),
        "half took more than {half:?}"
    );
    assert!(longest < Duration::from_secs(4), "one took {longest:?}");
}
