//! A store that fails as it is told.

use std::time::Duration;

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, EventId, EventStore, Expected, Memory, Metadata, NewEvent, Position,
    Revision, Store, StreamId,
    store::{append::Reply, documents::ViewStore},
};
use cqrs_testing::{FaultyStore, model_test};
use uuid::Uuid;

fn paid() -> Append {
    let event = NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Paid".into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    };
    let stream = StreamId::new("Account", "a").expect("valid");
    Append::new().stream(stream, Expected::Any, [event])
}

async fn send(store: &FaultyStore, append: Append) -> Result<u64, AppendError> {
    let store: &dyn Store = store;
    store
        .append(append)
        .await
        .map(|appended| appended.position.get())
}

cqrs_testing::event_store_conformance!(|| async { FaultyStore::new(Memory::new()) });

#[tokio::test]
async fn it_agrees_with_the_model_as_long_as_nothing_fails() {
    model_test(&|| async { FaultyStore::new(Memory::new()) }, 2_000, 7).await;
}

#[tokio::test]
async fn an_append_that_fails_stores_nothing() {
    let store = FaultyStore::new(Memory::new());
    store.faults().fail_appends(2);

    for _ in 0..2 {
        let answer = send(&store, paid()).await;
        assert!(matches!(answer, Err(AppendError::Store(_))));
    }
    assert_eq!(send(&store, paid()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_append_without_acknowledgement_is_stored() {
    let store = FaultyStore::new(Memory::new());
    store.faults().lose_acknowledgements(1);
    let append = paid();

    let answer = send(&store, append.clone()).await;
    assert!(matches!(answer, Err(AppendError::Unknown(_))));
    assert_eq!(store.head().await.unwrap(), Position::new(1));
    assert_eq!(send(&store, append).await.unwrap(), 1, "a duplicate");
}

#[tokio::test]
async fn without_a_connection_everything_fails_until_it_is_back() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    faults.disconnect();

    assert!(send(&store, paid()).await.is_err());
    assert!(store.head().await.unwrap_err().is_transient());
    assert!(store.subscriptions().await.is_err());
    faults.reconnect();
    assert_eq!(send(&store, paid()).await.unwrap(), 1);
    assert!(store.subscriptions().await.is_ok());
}

#[tokio::test]
async fn reads_fail_so_many_times() {
    let store = FaultyStore::new(Memory::new());
    store.faults().fail_reads(1);

    assert!(store.head().await.is_err());
    assert!(store.head().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn delayed_appends_happen_later_and_in_order() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    faults.delay(Duration::from_secs(60));
    let first = paid();
    let (reply, slow) = Reply::channel();
    store.submit(first, reply);
    faults.delay(Duration::ZERO);
    let (reply, fast) = Reply::channel();
    store.submit(paid(), reply);

    assert_eq!(store.head().await.unwrap(), Position::START);
    assert_eq!(fast.await.unwrap().revisions, [Revision::new(2)]);
    assert_eq!(slow.await.unwrap().revisions, [Revision::new(1)]);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_lost_leaves_delayed_appends_unknown() {
    let store = FaultyStore::new(Memory::new());
    let faults = store.faults();
    faults.delay(Duration::from_secs(60));
    let (reply, answer) = Reply::channel();
    store.submit(paid(), reply);
    faults.disconnect();

    assert!(matches!(answer.await, Err(AppendError::Unknown(_))));
    faults.heal();
    assert_eq!(store.head().await.unwrap(), Position::START);
}
