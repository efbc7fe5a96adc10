//! Many who write, read and send again at once, and random operations beside a model.
//!
//! `CQRS_SOAK=1` does ten times as much, which takes a quarter of an hour; a greater number that many times as much.

use std::{env, time::Duration};

use cqrs_postgres::Postgres;
use cqrs_testing::{Tailing, model_test, retry_race, revision_race, tailing_reader};
use temporary_postgres::Database;

/// A store in a database of its own.
async fn fresh() -> (Postgres, Database) {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    (store, database)
}

fn count(usual: usize) -> usize {
    env::var("CQRS_SOAK").map_or(usual, |times| {
        let times: usize = times.parse().expect("`CQRS_SOAK` is a number");
        10 * usual * times
    })
}

#[tokio::test]
async fn it_agrees_with_its_model() {
    model_test(&fresh, count(20_000), 2026).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn its_readers_see_everything_once_and_in_order() {
    let patience = if env::var_os("CQRS_SOAK").is_some() {
        Duration::from_secs(36_000)
    } else {
        Duration::from_secs(900)
    };
    let tailing = Tailing {
        appends: count(1_000),
        patience,
        ..Tailing::default()
    };
    tailing_reader(&fresh, tailing).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_wins_each_revision() {
    revision_race(&fresh, 16, count(500)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_sent_again_is_stored_once() {
    retry_race(&fresh, count(10_000), 2026).await;
}
