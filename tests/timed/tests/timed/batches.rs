//! T07: a batch with an append in it that cannot be stored.

use std::time::Duration;

use cqrs::{Memory, sqlite::Sqlite};
use cqrs_testing::{MakeStore, batch_isolation};

use crate::{limits, make, turn};

/// The others wait about as long as they would without it.
async fn the_others_hardly_wait_for_it<Kind>(store: &impl MakeStore<Kind>) -> String {
    let _turn = turn::alone().await;
    let took = batch_isolation(store, limits::usual_or_exact(100, 1_000), 2026).await;
    // It may be asked for a second time, and looked at more closely then.
    let limit = 3 * took.sound + Duration::from_millis(1);
    limits::at_most(
        "a batch with one that cannot be stored",
        took.spoiled,
        limit,
    );
    format!(
        "64 appends took {:?}, with one that cannot be stored {:?}",
        took.sound, took.spoiled
    )
}

#[tokio::test]
async fn in_memory() {
    let fresh = || async { Memory::new() };
    println!("{}", the_others_hardly_wait_for_it(&fresh).await);
}

#[tokio::test]
async fn on_sqlite() {
    let fresh = || async {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Sqlite::open(folder.path().join("store.db"));
        (store.expect("a store"), folder)
    };
    println!("{}", the_others_hardly_wait_for_it(&fresh).await);
}

#[tokio::test]
async fn on_postgres() {
    println!("{}", the_others_hardly_wait_for_it(&make::fresh).await);
}
