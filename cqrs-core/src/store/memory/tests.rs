//! What is the memory store's own; the contract is tested by the suite of `cqrs-testing`.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use uuid::Uuid;

use super::Memory;
use crate::{
    Append, AppendError, EventId, EventQuery, EventStore, Expected, Metadata, NewEvent, Position,
    Range, Revision, StreamId,
    clock::{Clock, Ids},
    store::{Limits, append::Reply},
};

#[derive(Debug, Default)]
struct Scripted(Mutex<Vec<u64>>);

impl Clock for Scripted {
    fn now(&self) -> SystemTime {
        let second = self.0.lock().expect("not poisoned").pop().unwrap_or(0);
        UNIX_EPOCH + Duration::new(second, 1_999)
    }
}

#[derive(Debug)]
struct Always(Uuid);

impl Ids for Always {
    fn next(&self) -> Uuid {
        self.0
    }
}

fn stream() -> StreamId {
    StreamId::new("Account", "a").expect("valid")
}

fn paid() -> Append {
    let event = NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Paid".into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    };
    Append::new().stream(stream(), Expected::Any, [event])
}

async fn append(store: &Memory, append: Append) -> Result<crate::Appended, AppendError> {
    let store: &dyn EventStore = store;
    store.append(append).await
}

#[tokio::test]
async fn clones_are_one_store() {
    let (one, two) = {
        let store = Memory::new();
        (store.clone(), store)
    };
    let mut woken = two.watch();
    append(&one, paid()).await.expect("stored");

    assert_eq!(two.head().await.expect("open"), Position::new(1));
    assert!(woken.has_changed().expect("open"));
    assert_eq!(*woken.borrow_and_update(), Position::new(1));
    assert_eq!(one.identity(), two.identity());
    assert_ne!(one.identity(), Memory::new().identity());
}

#[tokio::test]
async fn a_handle_is_closed_by_itself() {
    let (one, two) = {
        let store = Memory::new();
        (store.clone(), store)
    };
    append(&one, paid()).await.expect("stored");
    one.close().await.expect("closed");

    assert!(matches!(
        append(&one, paid()).await,
        Err(AppendError::Store(_))
    ));
    assert!(one.head().await.is_err());
    append(&two, paid()).await.expect("the other one is open");
    let reopened = one.clone();
    assert_eq!(reopened.head().await.expect("open"), Position::new(2));
}

#[tokio::test]
async fn time_never_goes_back_and_is_cut_to_microseconds() {
    let clock = Scripted(Mutex::new(vec![9, 3, 7]));
    let store = Memory::new().with_clock(Arc::new(clock));
    let mut times = Vec::new();
    for _ in 0..3 {
        let appended = append(&store, paid()).await.expect("stored");
        times.push(appended.recorded_at);
    }

    let at = |second| UNIX_EPOCH + Duration::new(second, 1_000);
    assert_eq!(times, [at(7), at(7), at(9)]);
}

#[tokio::test]
async fn the_mark_of_an_erasure_has_an_id_that_was_drawn() {
    let id = Uuid::from_u128(7);
    let store = Memory::new().with_ids(Arc::new(Always(id)));
    append(&store, paid()).await.expect("stored");
    store.erase(&stream()).await.expect("erased");

    let mark = store.find(EventId::new(id)).await.expect("open");
    assert_eq!(
        mark.map(|event| event.meta.position),
        Some(Position::new(2))
    );
}

#[tokio::test]
async fn each_handle_has_limits_of_its_own() {
    let store = Memory::new();
    let narrow = store.clone().with_limits(Limits::default().bytes(0));

    assert!(matches!(
        append(&narrow, paid()).await,
        Err(AppendError::TooLarge { .. })
    ));
    append(&store, paid()).await.expect("stored");
}

#[test]
fn an_append_is_committed_when_submit_returns() {
    let store = Memory::new();
    let (reply, _answer) = Reply::channel();
    store.submit(paid(), reply);

    assert_eq!(*store.watch().borrow(), Position::new(1));
}

#[test]
fn a_reply_may_use_the_store() {
    let store = Memory::new();
    let inner = store.clone();
    store.submit(
        paid(),
        Reply::new(move |_| inner.submit(paid(), Reply::new(|_| {}))),
    );

    assert_eq!(*store.watch().borrow(), Position::new(2));
}

#[tokio::test]
async fn a_log_of_many_chunks_is_one_log() {
    let store = Memory::new();
    for _ in 0..9_000 {
        store.submit(paid(), Reply::new(|_| {}));
    }

    let range = Range::after(Position::new(4_000)).limit(9_000);
    let page = store.read(&EventQuery::all(), range).await.expect("open");
    let positions = page.events.iter().map(|event| event.meta.position.get());
    assert!(positions.eq(4_001..=9_000));
    let page = store.read_stream(&stream(), Revision::new(8_999), 5).await;
    assert_eq!(page.expect("open").events.len(), 1);
}
