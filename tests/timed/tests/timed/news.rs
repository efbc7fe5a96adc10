//! T43: the connection that listens ends again and again.

use std::time::{Duration, Instant};

use cqrs_core::EventStore;
use cqrs_postgres::Postgres;
use tokio::time::{interval, timeout};

use crate::{limits, make, turn};

/// Who follows the log hears of each append soon all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn arrive_though_the_listener_ends_all_the_time() {
    let _turn = turn::alone().await;
    let (writer, database) = make::fresh().await;
    let admin = make::client(database.url()).await;
    let url = format!("{}?application_name=other", database.url());
    // Nothing reads here, so that its only connection is the one that listens.
    let other = Postgres::connect(url).await.expect("a store");
    let mut head = other.watch();
    let mut waits = Vec::new();
    let (every, times) = if limits::is_exact() {
        (Duration::from_secs(1), 10)
    } else {
        (Duration::from_millis(500), 5)
    };
    let mut kills = interval(every);
    let mut ended = 0;
    while ended < times {
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
    let count = waits.len();
    let lag = limits::p99(waits);
    println!("{count} appends, 99 of 100 were heard of within {lag:?}");
    limits::at_most("news", lag, Duration::from_millis(600));
}
