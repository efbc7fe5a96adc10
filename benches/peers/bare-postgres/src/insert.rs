//! One insert a command, each its own transaction.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use cqrs_bench_harness::{Answer, Failure, Measured, Renamed, Request, Rule, drive, stream_id};
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

use crate::{
    rows::tag,
    schema::{connect, create},
};

/// How callers share connections.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Connections {
    /// Each caller has its own.
    OneEach,
    /// All send on one, without waiting for each other's answers.
    OneForAll,
}

struct Connection {
    client: Client,
    insert: Statement,
}

pub(crate) async fn run(
    request: &Request,
    tasks: usize,
    streams: usize,
    rule: Rule,
    connections: Connections,
) -> Measured {
    let first = create(request).await?;
    let mut open = vec![prepared(first).await?];
    if let Connections::OneEach = connections {
        while open.len() < tasks {
            open.push(prepared(connect(request).await?).await?);
        }
    }
    let open = Arc::new(open);
    let revisions: Arc<Vec<AtomicI64>> =
        Arc::new((0..streams).map(|_| AtomicI64::new(0)).collect());
    drive(tasks, streams, request.seconds, move |stream, number| {
        let (open, revisions) = (Arc::clone(&open), Arc::clone(&revisions));
        async move {
            // The numbers of one caller are as far apart as there are callers.
            let caller = usize::try_from(number)? % tasks;
            let connection = &open[caller % open.len()];
            let revision = 1 + revisions[stream].fetch_add(1, Ordering::Relaxed);
            let tag = (rule == Rule::Tag).then(|| tag(stream, number));
            insert(connection, stream, revision, number, tag).await
        }
    })
    .await
}

async fn prepared(client: Client) -> Result<Connection, Failure> {
    let insert = client
        .prepare(
            "WITH place AS (
                 SELECT nextval('positions') AS position
                 WHERE $7::text IS NULL OR NOT EXISTS (SELECT 1 FROM tags WHERE tag = $7)
             ), tagged AS (
                 INSERT INTO tags (tag, position)
                 SELECT $7, position FROM place WHERE $7 IS NOT NULL
             )
             INSERT INTO events (position, stream, revision, event_id, name, version, recorded_at,
                 command_id, correlation_id, causation_id, payload)
             SELECT position, $1, $2, $3, 1, 1, $4, $5, $5, $5, $6 FROM place",
        )
        .await?;
    Ok(Connection { client, insert })
}

async fn insert(
    connection: &Connection,
    stream: usize,
    revision: i64,
    number: u64,
    tag: Option<String>,
) -> Result<Answer, Failure> {
    let payload = serde_json::to_vec(&Renamed::sample(stream, number))?;
    let inserted = connection
        .client
        .execute(
            &connection.insert,
            &[
                &stream_id(stream),
                &revision,
                &Uuid::now_v7(),
                &SystemTime::now(),
                &Uuid::now_v7(),
                &payload,
                &tag,
            ],
        )
        .await?;
    if inserted == 1 {
        Ok(Answer::Done)
    } else {
        Err("a tag is taken".into())
    }
}
