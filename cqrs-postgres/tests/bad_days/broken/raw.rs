//! The store over that SQL.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    Append, Appended, EventId, EventMeta, EventQuery, Memory, Metadata, Position, Range, ReadError,
    Revision, StoredEvent, StreamId,
    store::{append::Reply, query::Page},
};
use tokio::{sync::Semaphore, task::yield_now};
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use super::sql::How;
use crate::{make, twist::Twist};

/// More than there are writers and readers.
const CLIENTS: usize = 24;

#[derive(Debug)]
pub(super) struct Raw(Arc<Inner>);

struct Inner {
    how: How,
    page: String,
    clients: Mutex<Vec<Client>>,
    permits: Semaphore,
}

impl Raw {
    pub(super) async fn new(url: &str, how: How) -> Self {
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            clients.push(make::client(url).await);
        }
        make::run(&clients[0], &how.schema()).await;
        Self(Arc::new(Inner {
            how,
            page: how.page(),
            clients: Mutex::new(clients),
            permits: Semaphore::new(CLIENTS),
        }))
    }
}

#[async_trait]
impl Twist for Raw {
    fn submit(&self, _: &Memory, append: Append, reply: Reply) {
        let inner = Arc::clone(&self.0);
        drop(tokio::spawn(
            async move { inner.append(append, reply).await },
        ));
    }

    async fn read(&self, _: &Memory, query: &EventQuery, range: Range) -> Result<Page, ReadError> {
        Ok(self.0.page(query, range).await)
    }
}

impl Inner {
    async fn append(&self, append: Append, reply: Reply) {
        let permit = self.permits.acquire().await.expect("it is never closed");
        let client = self.take();
        let (mut ids, mut streams, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for listed in &append.streams {
            for event in &listed.events {
                ids.push(event.id.get());
                streams.push(listed.stream.id());
                names.push(&*event.name);
            }
        }
        let early = self.how == How::AcknowledgedEarly;
        if early {
            make::run(&client, "BEGIN").await;
        }
        let answer = client
            .query_one(self.how.append(), &[&ids, &streams, &names])
            .await;
        let row = match answer {
            // The test has found what it wanted, and the server is gone.
            Err(error) if error.is_closed() || error.code().is_none() => return,
            answer => answer.expect("nothing speaks against it"),
        };
        let mut last: i64 = row.get(0);
        if self.how == How::Xid {
            match self.rank(&client, ids[ids.len() - 1]).await {
                Some(rank) => last = rank,
                None => return,
            }
        }
        let revisions: Vec<i64> = row.get(1);
        let of_stream = |listed: &cqrs_core::store::append::StreamAppend| {
            let all = streams.iter().zip(&revisions);
            let own = all.filter(|(stream, _)| **stream == listed.stream.id());
            Revision::new(
                own.map(|(_, revision)| revision.unsigned_abs())
                    .max()
                    .unwrap_or(0),
            )
        };
        reply.send(Ok(Appended {
            position: Position::new(last.unsigned_abs()),
            revisions: append.streams.iter().map(of_stream).collect(),
            recorded_at: SystemTime::UNIX_EPOCH,
            duplicate: false,
        }));
        if early {
            make::run(&client, "SELECT pg_sleep(0.2); COMMIT").await;
        }
        self.put(client);
        drop(permit);
    }

    /// The place of an event among those that are shown, once it is.
    async fn rank(&self, client: &Client, id: Uuid) -> Option<i64> {
        let sql = format!("SELECT place FROM ({}) s WHERE id = $1", self.how.shown());
        loop {
            if let Some(row) = client.query_opt(&sql, &[&id]).await.ok()? {
                return row.get(0);
            }
            yield_now().await;
        }
    }

    async fn page(&self, query: &EventQuery, range: Range) -> Page {
        let permit = self.permits.acquire().await.expect("it is never closed");
        let client = self.take();
        let names = (!query.matches_all()).then(|| {
            let names = query.items().iter().flat_map(|item| &item.names);
            names.map(ToString::to_string).collect::<Vec<_>>()
        });
        let after = range.after.get().cast_signed();
        let limit = i64::try_from(range.limit).unwrap_or(i64::MAX);
        let rows = client
            .query(&self.page, &[&after, &limit, &names])
            .await
            .expect("a page");
        let mut head: i64 = rows[0].get(5);
        if self.how == How::HeadLater {
            head = make::number(&client, "SELECT coalesce(max(place), 0) FROM log").await;
        }
        self.put(client);
        drop(permit);
        Page {
            events: rows.iter().filter_map(event).collect(),
            head: Position::new(head.unsigned_abs()),
        }
    }

    fn take(&self) -> Client {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.pop().expect("there are as many as permits")
    }

    fn put(&self, client: Client) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.push(client);
    }
}

/// A page that is empty has one row, without an event.
fn event(row: &Row) -> Option<StoredEvent> {
    let place: i64 = row.get::<_, Option<i64>>(0)?;
    Some(StoredEvent {
        meta: EventMeta {
            id: EventId::new(row.get(1)),
            stream: StreamId::new("Tailing", row.get::<_, &str>(2)).expect("a valid id"),
            revision: Revision::new(row.get::<_, i64>(3).unsigned_abs()),
            position: Position::new(place.unsigned_abs()),
            recorded_at: SystemTime::UNIX_EPOCH,
            name: row.get::<_, String>(4).into(),
            version: 1,
            metadata: Metadata::new(),
            tags: Vec::new(),
            erased_at: None,
        },
        payload: Bytes::from_static(b"1"),
    })
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner")
            .field("how", &self.how)
            .finish_non_exhaustive()
    }
}
