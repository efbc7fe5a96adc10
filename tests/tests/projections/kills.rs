//! `kill -9` while rows are written.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use cqrs::sqlite::Sqlite;

use super::shop::{Sales, cancel, place, shop, value};

const FILE: &str = "CQRS_TEST_PROJECTIONS_FILE";
const KILLS: usize = 25;

/// What is killed: places and cancels orders for ever, and says after each how many there were.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is what the other process does"]
async fn child() {
    let path = PathBuf::from(env::var_os(FILE).expect("who starts this names a file"));
    let store = Sqlite::open(path).unwrap();
    let app = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    let first: i64 = value(&store, "SELECT count(*) FROM events").await.unwrap();
    for order in first.. {
        let id = format!("o{order}");
        place(&app, &id, &format!("c{}", order % 5), order % 11).await;
        if order % 4 == 0 {
            cancel(&app, &id).await;
        }
        let mut output = std::io::stdout().lock();
        // Nobody listens any more when the parent has failed.
        let _unheard = writeln!(output, "placed").and_then(|()| output.flush());
    }
}

fn run_and_kill(file: &Path, after: usize) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["kills::child", "--exact", "--ignored", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let placed = output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.ends_with("placed"));
    assert_eq!(placed.take(after).count(), after, "the child has failed");
    std::thread::sleep(Duration::from_micros(137 * (after as u64 % 29)));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn rows_are_what_the_events_say_whenever_the_process_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.db");
    for kill in 0..KILLS {
        run_and_kill(&path, 1 + kill * 7 % 40);
        let store = Sqlite::open(&path).unwrap();
        check_up_to_the_checkpoint(&store).await;
    }
    let store = Sqlite::open(&path).unwrap();
    let app = shop(store.clone())
        .projection::<Sales>()
        .start()
        .await
        .unwrap();
    check_up_to_the_checkpoint(&store).await;
    let behind: i64 = value(
        &store,
        "SELECT (SELECT max(position) FROM events) - position FROM subscriptions WHERE kind = 'projection'",
    )
    .await
    .unwrap();
    assert_eq!(behind, 0);
    let orders: i64 = value(&store, "SELECT count(*) FROM sales_orders")
        .await
        .unwrap();
    assert!(orders > 300, "the test has tested something: {orders}");
    app.shutdown().await.unwrap();
}

/// The rows are the fold of exactly the events up to the checkpoint, whatever was cut off.
async fn check_up_to_the_checkpoint(store: &Sqlite) {
    let expected = "
        WITH seen AS (
            SELECT events.stream, events.payload, names.name FROM events JOIN names ON names.id = events.name
            WHERE position <= (SELECT position FROM subscriptions WHERE kind = 'projection')
        ), open AS (
            SELECT CAST(payload AS TEXT) AS payload FROM seen WHERE name = 'OrderPlaced'
            AND stream NOT IN (SELECT stream FROM seen WHERE name = 'OrderCancelled')
        )
        SELECT count(*) || ' orders, ' || ifnull(sum(payload ->> 'cents'), 0) FROM open";
    let found = "SELECT count(*) || ' orders, ' || ifnull(sum(cents), 0) FROM sales_v1_orders";
    let spent = "SELECT ifnull(sum(cents), 0) FROM sales_v1_customers";
    let (expected, found, spent) = store
        .query(move |file| {
            let read = |sql: &str| file.query_row(sql, [], |row| row.get::<_, String>(0));
            let spent: i64 = file.query_row(spent, [], |row| row.get(0))?;
            Ok((read(expected)?, read(found)?, spent))
        })
        .await
        .unwrap();
    assert_eq!(found, expected);
    assert!(found.ends_with(&format!(", {spent}")), "{found}: {spent}");
}
