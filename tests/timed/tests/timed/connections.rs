//! T12: connections that the server ends.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::{limits, load::Load, make, turn};

/// A random connection ends every 50 ms: nothing acknowledged is lost, nothing is stored twice, and nobody waits for long.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn that_end_all_the_time_lose_nothing_and_hold_up_nobody() {
    let _turn = turn::alone().await;
    let (store, database) = make::fresh().await;
    let admin = make::client(database.url()).await;
    let load = Load::start(&store, &store, 8);
    load.more(50).await;
    let mut ticks = interval(Duration::from_millis(50));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ended = 0;
    let kills = limits::usual_or_exact(40, 200);
    for _ in 0..kills {
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
    let longest = load.finish().await.check(&store).await;
    println!("{ended} connections ended, the longest wait was {longest:?}");
    limits::at_most("a wait", longest, Duration::from_secs(1));
}
