//! Events and stores for the tests.

use std::path::Path;

use cqrs_core::{
    Append, AppendError, Appended, EventId, EventStore, Expected, Metadata, NewEvent, StoredEvent,
    StreamId, Tag,
    store::query::{EventQuery, Range},
};
use cqrs_sqlite::Sqlite;
use uuid::Uuid;

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("Account", id).expect("a valid id")
}

pub(crate) fn event(payload: &str) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Opened".into(),
        version: 1,
        payload: format!("\"{payload}\"").into(),
        tags: vec![Tag::new("payload", payload).expect("a valid tag")],
        metadata: Metadata::new().actor("jane"),
    }
}

pub(crate) fn append(id: &str, events: impl IntoIterator<Item = NewEvent>) -> Append {
    Append::new().stream(stream(id), Expected::Any, events)
}

pub(crate) async fn store(store: &Sqlite, append: Append) -> Result<Appended, AppendError> {
    (store as &dyn EventStore).append(append).await
}

pub(crate) async fn fill(at: &Path, events: usize) -> Vec<StoredEvent> {
    let sqlite = Sqlite::open(at).expect("a store");
    for index in 0..events {
        let id = format!("a{}", index % 7);
        let event = event(&format!("number {index}"));
        store(&sqlite, append(&id, [event]))
            .await
            .expect("appended");
    }
    let events = everything(&sqlite).await;
    sqlite.close().await.expect("closed");
    events
}

pub(crate) async fn everything(sqlite: &Sqlite) -> Vec<StoredEvent> {
    let range = Range::after(cqrs_core::Position::START).limit(usize::MAX);
    let page = sqlite.read(&EventQuery::all(), range).await;
    page.expect("a page").events
}

pub(crate) async fn assert_sound(sqlite: &Sqlite) {
    let verified = sqlite.verify().await.expect("verified");
    assert!(verified.is_sound(), "{:#?}", verified.faults);
}
