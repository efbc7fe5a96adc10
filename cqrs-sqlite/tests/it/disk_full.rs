//! No space left.

use cqrs_core::{AppendError, EventStore, store::error::StoreErrorKind};
use cqrs_sqlite::Sqlite;

use crate::make;

#[tokio::test(flavor = "multi_thread")]
async fn reading_goes_on_and_so_does_writing_when_there_is_space_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let store = Sqlite::options()
        .max_pages(60)
        .open(&path)
        .expect("a store");
    let mut stored = 0;
    let error = loop {
        let event = make::event(&"x".repeat(200));
        match make::store(&store, make::append("a", [event])).await {
            Ok(appended) => {
                stored += 1;
                assert_eq!(appended.position.get(), stored);
            }
            Err(error) => break error,
        }
        assert!(stored < 10_000, "it is never full");
    };
    assert!(
        matches!(&error, AppendError::Store(error) if error.kind() == StoreErrorKind::Full && error.is_transient()),
        "{error:?}"
    );

    // Many at once: each gets its own answer, and nothing is left half done.
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..64 {
        let store = store.clone();
        tasks.spawn(async move {
            let size = if task % 2 == 0 { 20_000 } else { 2 };
            let mut event = make::event("y");
            event.payload = format!("\"{}\"", "y".repeat(size)).into();
            make::store(&store, make::append(&format!("b{task}"), [event])).await
        });
    }
    while let Some(answer) = tasks.join_next().await {
        match answer.expect("no panic") {
            Ok(_) => stored += 1,
            Err(AppendError::Store(error)) => assert_eq!(error.kind(), StoreErrorKind::Full),
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(make::everything(&store).await.len() as u64, stored);
    assert_eq!(store.head().await.expect("a head").get(), stored);
    make::assert_sound(&store).await;

    store.close().await.expect("closed");
    let store = Sqlite::open(&path).expect("a store with space");
    let appended = make::store(&store, make::append("a", [make::event("again")])).await;
    assert_eq!(appended.expect("appended").position.get(), stored + 1);
    make::assert_sound(&store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_too_large_takes_nobody_along() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let store = Sqlite::options()
        .max_pages(100)
        .open(path)
        .expect("a store");
    for round in 0..20 {
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..16 {
            let store = store.clone();
            tasks.spawn(async move {
                let size = if task == 7 { 2_000_000 } else { 2 };
                let mut event = make::event("z");
                event.payload = format!("\"{}\"", "z".repeat(size)).into();
                let append = make::append(&format!("a{task}"), [event]);
                (task, make::store(&store, append).await)
            });
        }
        while let Some(answer) = tasks.join_next().await {
            let (task, answer) = answer.expect("no panic");
            assert_eq!(answer.is_err(), task == 7, "round {round}: {answer:?}");
        }
    }
    assert_eq!(make::everything(&store).await.len(), 20 * 15);
    make::assert_sound(&store).await;
}
