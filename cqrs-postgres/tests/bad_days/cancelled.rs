//! Futures that are dropped wherever they are.

use std::time::Duration;

use cqrs_postgres::Postgres;
use tokio::{task::JoinSet, time::timeout};

use crate::make;

/// T13: of thousands of calls that are dropped with four connections, no transaction stays open, and every connection is
/// usable.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_that_are_dropped_leave_nothing_behind_on_the_server() {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::options()
        .connections(4)
        .connect(database.url())
        .await
        .expect("a store");
    let same = store.clone();
    let make = move || {
        let same = same.clone();
        async move { same }
    };
    let seed = make::seed();
    cqrs_testing::cancel_storm(&make, 1_000, seed).await;

    let admin = make::client(database.url()).await;
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(make::number(&admin, open).await, 0);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(make::number(&admin, locks).await, 0);
    let all = async {
        let reads = (0..16).map(|_| {
            let store = store.clone();
            async move { make::everything(&store).await.len() }
        });
        reads.collect::<JoinSet<_>>().join_all().await
    };
    let read = timeout(Duration::from_secs(10), all).await;
    // Two events of each append, and those of the one that the storm ends with.
    assert_eq!(read.expect("every connection is usable"), [2_002; 16]);
    make::assert_sound(&store).await;
}
