//! Events, stores and clients for the tests.

use std::hash::{BuildHasher, RandomState};

use cqrs_core::{
    Append, AppendError, Appended, EventId, EventStore, Expected, Metadata, NewEvent, Position,
    StoreError, StoredEvent, StreamId, Tag,
    store::query::{EventQuery, Range},
};
use cqrs_postgres::Postgres;
use temporary_postgres::Database;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

/// A store in a database of its own, in a server that other tests use too.
pub(crate) async fn fresh() -> (Postgres, Database) {
    let database = temporary_postgres::shared().expect("a database");
    let store = Postgres::connect(database.url()).await.expect("a store");
    (store, database)
}

/// A connection to do things by hand, as a superuser.
pub(crate) async fn client(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("a connection");
    drop(tokio::spawn(connection));
    client
}

pub(crate) async fn run(client: &Client, sql: &str) {
    client.batch_execute(sql).await.expect(sql);
}

pub(crate) async fn number(client: &Client, sql: &str) -> i64 {
    client.query_one(sql, &[]).await.expect(sql).get(0)
}

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("Account", id).expect("a valid id")
}

pub(crate) fn event(payload: &str) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Opened".into(),
        version: 1,
        payload: format!("\"{payload}\"").into(),
        tags: vec![Tag::new("account", "shared").expect("a valid tag")],
        metadata: Metadata::new().actor("jane"),
    }
}

pub(crate) fn append(id: &str, events: impl IntoIterator<Item = NewEvent>) -> Append {
    Append::new().stream(stream(id), Expected::Any, events)
}

pub(crate) async fn store(store: &Postgres, append: Append) -> Result<Appended, AppendError> {
    (store as &dyn EventStore).append(append).await
}

/// Stores this many events, in appends of ten.
pub(crate) async fn fill(postgres: &Postgres, events: usize) {
    for index in 0..events.div_ceil(10) {
        let count = 10.min(events - index * 10);
        let events = (0..count).map(|nth| event(&format!("number {index} {nth}")));
        store(postgres, append(&format!("a{}", index % 7), events))
            .await
            .expect("appended");
    }
}

pub(crate) async fn everything(postgres: &Postgres) -> Vec<StoredEvent> {
    let range = Range::after(Position::START).limit(usize::MAX);
    let page = postgres.read(&EventQuery::all(), range).await;
    page.expect("a page").events
}

pub(crate) async fn assert_sound(postgres: &Postgres) {
    let verified = postgres.verify().await.expect("verified");
    assert!(verified.is_sound(), "{:#?}", verified.faults);
}

/// The failure of an append of which it is certain that nothing was stored.
pub(crate) fn failure(answer: Result<Appended, AppendError>) -> StoreError {
    match answer {
        Err(AppendError::Store(error)) => error,
        other => panic!("not a failure of the store: {other:?}"),
    }
}

/// A seed for a test to print, so that it shows when the test fails.
pub(crate) fn seed() -> u64 {
    RandomState::new().hash_one(0) | 1
}

/// Numbers that look random, the same for the same seed.
#[derive(Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
