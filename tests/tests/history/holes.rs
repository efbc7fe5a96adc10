//! An event that is gone from the middle of the log: what follows the log stops before it and says so, and goes on when it
//! is back.

use std::{ops::Range, time::Duration};

use cqrs::{
    App, Store,
    app::SubscriptionState,
    postgres::{Postgres, tokio_postgres},
    sqlite::{Sqlite, rusqlite},
    store::documents::{Subscription, SubscriptionKind},
};

use crate::accounts::{audited, deposit};

const EVENTS: u64 = 600;

/// How many holes are tried.
fn holes(few: u64) -> Range<u64> {
    let all = std::env::var_os("CQRS_SOAK").is_some();
    0..if all { 1_000 } else { few }
}

/// Spread over pages of which the first has 512 events.
const fn place(nth: u64) -> u64 {
    2 + nth * 7_919 % (EVENTS - 2)
}

async fn app(store: impl Store) -> App {
    App::builder(store)
        .serve_while_rebuilding()
        .start()
        .await
        .unwrap()
}

async fn fill(store: impl Store + Clone) {
    let app = app(store).await;
    for number in 0..EVENTS {
        deposit(&app, number).await.unwrap();
    }
    app.shutdown().await.unwrap();
}

/// Views that are built anew stop before the hole, and nothing that is committed is from behind it.
async fn views_stop_before(store: impl Store + Clone, hole: u64) {
    let views = ["balances", "digits"].map(|name| Subscription {
        kind: SubscriptionKind::View,
        name: name.into(),
        version: 1,
    });
    for view in &views {
        store.forget(view).await.unwrap();
    }
    let app = app(store.clone()).await;
    let stopped = tokio::time::timeout(Duration::from_secs(10), app.caught_up()).await;
    stopped.expect("they stop").unwrap();
    for status in app.status().await.unwrap() {
        let SubscriptionState::Stopped { reason } = &status.state else {
            panic!("with a hole at {hole}: {status:?}")
        };
        let before = format!("from position {} to", hole - 1);
        assert!(reason.contains(&before), "with a hole at {hole}: {reason}");
    }
    for view in &views {
        let checkpoint = store.checkpoint(view).await.unwrap();
        let position = checkpoint.map_or(0, |checkpoint| checkpoint.position.get());
        assert!(
            position < hole,
            "{view} is at {position}, the hole at {hole}"
        );
    }
    app.shutdown().await.unwrap();
}

async fn views_are_whole(store: impl Store + Clone) {
    let app = app(store.clone()).await;
    assert_eq!(audited(&app, &store).await.len() as u64, EVENTS);
    app.shutdown().await.unwrap();
}

/// T10
#[tokio::test(flavor = "multi_thread")]
async fn views_stop_before_a_hole_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let open = || Sqlite::open(&file).unwrap();
    let change = |sql: &str| {
        rusqlite::Connection::open(&file)
            .unwrap()
            .execute_batch(sql)
    };
    fill(open()).await;
    for hole in holes(50).map(place) {
        // Gone, and yet to be put back.
        change(&format!(
            "UPDATE events SET position = -{hole} WHERE position = {hole}"
        ))
        .unwrap();
        views_stop_before(open(), hole).await;
        change(&format!(
            "UPDATE events SET position = {hole} WHERE position = -{hole}"
        ))
        .unwrap();
    }
    views_are_whole(open()).await;
}

/// T10
#[tokio::test(flavor = "multi_thread")]
async fn views_stop_before_a_hole_in_a_database() {
    let database = temporary_postgres::shared().unwrap();
    let open = async || Postgres::connect(database.url()).await.unwrap();
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls)
        .await
        .unwrap();
    drop(tokio::spawn(connection));
    fill(open().await).await;
    for hole in holes(25).map(place) {
        let gone = format!("UPDATE cqrs.events SET position = -{hole} WHERE position = {hole}");
        client.batch_execute(&gone).await.unwrap();
        views_stop_before(open().await, hole).await;
        let back = format!("UPDATE cqrs.events SET position = {hole} WHERE position = -{hole}");
        client.batch_execute(&back).await.unwrap();
    }
    views_are_whole(open().await).await;
}
