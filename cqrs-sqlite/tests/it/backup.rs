//! Copies of a store that is in use.

use cqrs_core::EventStore;
use cqrs_sqlite::Sqlite;

use crate::make;

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_a_prefix_of_the_log_whatever_is_written_meanwhile() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for index in 0..400 {
                let append = make::append(&format!("a{}", index % 5), [make::event("x")]);
                make::store(&store, append).await.expect("appended");
            }
        }
    });
    let mut copies = Vec::new();
    while !writer.is_finished() {
        let copy = directory.path().join(format!("copy-{}.db", copies.len()));
        store.backup(&copy).await.expect("copied");
        copies.push(copy);
    }
    writer.await.expect("written");

    let everything = make::everything(&store).await;
    assert_eq!(everything.len(), 400);
    for copy in copies {
        let copy = Sqlite::options().restored().open(copy).expect("a store");
        let events = make::everything(&copy).await;
        assert_eq!(events, everything[..events.len()]);
        assert_eq!(copy.identity().store, store.identity().store);
        make::assert_sound(&copy).await;
    }
}

#[tokio::test]
async fn a_copy_replaces_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Sqlite::open(directory.path().join("store.db")).expect("a store");
    let taken = directory.path().join("taken");
    std::fs::write(&taken, "precious").expect("written");

    let error = store.backup(&taken).await.expect_err("it is taken");

    assert!(error.to_string().contains("taken"), "{error}");
    assert_eq!(std::fs::read(&taken).expect("its bytes"), b"precious");
}
