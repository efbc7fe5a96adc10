//! Events and stores for the tests.

use cqrs_core::{
    Append, AppendError, Appended, EventId, EventStore, Expected, Metadata, NewEvent, Position,
    StoredEvent, StreamId, Tag,
    store::query::{EventQuery, Range},
};
use cqrs_postgres::Postgres;
use tokio_postgres::{Client, NoTls};
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

pub(crate) async fn store(store: &Postgres, append: Append) -> Result<Appended, AppendError> {
    (store as &dyn EventStore).append(append).await
}

pub(crate) async fn fill(postgres: &Postgres, events: usize) {
    for index in 0..events {
        let event = event(&format!("number {index}"));
        store(postgres, append(&format!("a{}", index % 7), [event]))
            .await
            .expect("appended");
    }
}

pub(crate) async fn everything(store: &dyn EventStore) -> Vec<StoredEvent> {
    let range = Range::after(Position::START).limit(usize::MAX);
    let page = store.read(&EventQuery::all(), range).await;
    page.expect("a page").events
}

pub(crate) async fn assert_sound(store: &Postgres) {
    let verified = store.verify().await.expect("verified");
    assert!(verified.is_sound(), "{:#?}", verified.faults);
}

/// A connection of the owner, past the store.
pub(crate) async fn owner(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("let in");
    drop(tokio::spawn(connection));
    client
}

/// The one value that a statement answers, as text.
pub(crate) async fn value(client: &Client, sql: &str) -> Option<String> {
    let messages = client.simple_query(sql).await.expect(sql);
    messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    })
}

/// An address with another user in it.
pub(crate) fn as_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("an address");
    let behind = rest.split_once('@').map_or(rest, |(_, behind)| behind);
    format!("{scheme}://{user}@{behind}")
}
