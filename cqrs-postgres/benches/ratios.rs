//! The store beside the bare driver, in the same run on the same server: `cargo bench -p cqrs-postgres`.
//!
//! What counts is the ratio; the absolute numbers are those of the disk. The bare side is as fast as this schema allows: a
//! committer of its own that knows every revision by heart, checks nothing, and sends one `INSERT .. FROM unnest(..)` a
//! batch into a table with the same columns and indexes. `DATABASE_URL` chooses the server.

#![expect(clippy::print_stdout, reason = "the report is what it is for")]

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use cqrs_core::{
    Append, EventQuery, EventStore, Expected, Metadata, NewEvent, Position, Range, Revision,
    StreamId, Tag,
};
use cqrs_postgres::Postgres;
use serde::Deserialize;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tokio_postgres::{Client, NoTls, Statement};
use uuid::Uuid;

const STREAMS: usize = 1_000;
const PAYLOAD: &str =
    r#"{"user":"u-4711","email":"john.doe@example.com","name":"John Doe","age":42,"active":true}"#;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Deserialize)]
struct Payload {
    user: String,
    email: String,
    name: String,
    age: u32,
    active: bool,
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(rounds())
}

async fn rounds() -> Outcome<()> {
    for round in 1..=3 {
        println!("round {round}");
        let database = temporary_postgres::shared()?;
        let store = Postgres::connect(database.url()).await?;
        let bare = Bare::new(database.url()).await?;
        for tasks in [64, 256] {
            let raw = bare_appends(&bare, tasks, 20_000, 0).await?;
            let own = appends(&store, tasks, 20_000, Kind::Plain).await?;
            report(&format!("appends/s, {tasks} at once"), raw, own);
        }
        let raw = bare_appends(&bare, 64, 20_000, 0).await?;
        let own = appends(&store, 64, 20_000, Kind::Tagged).await?;
        report("the same with a tag and a condition", raw, own);
        let raw = bare_alone(&bare, 1_000).await?;
        let own = appends(&store, 1, 1_000, Kind::Plain).await?;
        report("appends/s, one after another", raw, own);
        let (raw, own) = (bare_loads(&bare, 100).await?, loads(&store, 100).await?);
        report("events/s, a stream of 1000 loaded and decoded", raw, own);
        let (raw, own) = (bare_scan(&bare).await?, scan(&store).await?);
        report("events/s, the whole log in pages of 500, decoded", raw, own);
        store.close().await?;
    }
    Ok(())
}

fn report(what: &str, raw: f64, own: f64) {
    println!(
        "  {what}: bare {raw:.0}, store {own:.0}, ratio {:.2}",
        own / raw
    );
}

fn per_second(count: usize, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

// The store.

#[derive(Clone, Copy)]
enum Kind {
    Plain,
    /// With a tag of its own, which must be new.
    Tagged,
}

fn event(name: &'static str) -> NewEvent {
    let command = cqrs_core::CommandId::new(Uuid::now_v7());
    NewEvent {
        id: command.event(0),
        name: name.into(),
        version: 1,
        payload: Bytes::from_static(PAYLOAD.as_bytes()),
        tags: Vec::new(),
        metadata: Metadata::new()
            .command(command)
            .correlation(command)
            .causation(command),
    }
}

async fn append(store: &Postgres, index: usize, kind: Kind) -> Outcome<()> {
    let stream = StreamId::new("User", format!("u-{}", index % STREAMS))?;
    let mut event = event("UserRenamed");
    let mut append = Append::new();
    if let Kind::Tagged = kind {
        let tag = Tag::new("email", Uuid::now_v7())?;
        event.tags.push(tag.clone());
        append = append.only_if_none(EventQuery::all().tag(tag), Position::START);
    }
    let store: &dyn EventStore = store;
    store
        .append(append.stream(stream, Expected::Any, [event]))
        .await?;
    Ok(())
}

async fn appends(store: &Postgres, tasks: usize, count: usize, kind: Kind) -> Outcome<f64> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for task in 0..tasks {
        let store = store.clone();
        running.spawn(async move {
            for index in (task..count).step_by(tasks) {
                append(&store, index, kind).await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(per_second(count, begun.elapsed()))
}

async fn loads(store: &Postgres, count: usize) -> Outcome<f64> {
    let stream = StreamId::new("User", "hot")?;
    let events = (0..1_000).map(|_| event("UserRenamed"));
    let filled = Append::new().stream(stream.clone(), Expected::NoStream, events);
    (store as &dyn EventStore).append(filled).await?;
    let begun = Instant::now();
    for _ in 0..count {
        let page = store.read_stream(&stream, Revision::NONE, 1_000).await?;
        assert_eq!(page.events.len(), 1_000);
        for event in &page.events {
            consume(&serde_json::from_slice(&event.payload)?);
        }
    }
    Ok(per_second(count * 1_000, begun.elapsed()))
}

async fn scan(store: &Postgres) -> Outcome<f64> {
    let begun = Instant::now();
    let mut after = Position::START;
    let mut count = 0;
    loop {
        let page = store.read(&EventQuery::all(), Range::after(after)).await?;
        let Some(last) = page.events.last() else {
            return Ok(per_second(count, begun.elapsed()));
        };
        after = last.meta.position;
        count += page.events.len();
        for event in &page.events {
            consume(&serde_json::from_slice(&event.payload)?);
        }
    }
}

#[expect(clippy::missing_const_for_fn, reason = "it pretends to read")]
fn consume(payload: &Payload) {
    std::hint::black_box((
        &payload.user,
        &payload.email,
        &payload.name,
        payload.age,
        payload.active,
    ));
}

// The bare driver.

const TABLE: &str = "CREATE SEQUENCE bare_position;
    CREATE TABLE bare (
        position bigint PRIMARY KEY DEFAULT nextval('bare_position'), revision bigint NOT NULL,
        event_id uuid NOT NULL UNIQUE, stream_type text COLLATE \"C\" NOT NULL, stream_id text COLLATE \"C\" NOT NULL,
        name text COLLATE \"C\" NOT NULL, version bigint NOT NULL, recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        encoding smallint NOT NULL DEFAULT 0, key_id text, checksum integer NOT NULL, erased_at timestamptz,
        command_id uuid, correlation_id uuid, causation_id uuid, actor text, tenant text, tags text, payload bytea NOT NULL,
        UNIQUE (stream_id, stream_type, revision));
    CREATE INDEX ON bare (name, position)";

const INSERT: &str = "INSERT INTO bare (revision, event_id, stream_type, stream_id, name, version, checksum,
        command_id, correlation_id, causation_id, payload)
    SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::integer[],
        $8::uuid[], $8::uuid[], $8::uuid[], $9::bytea[])";

#[derive(Clone)]
struct Bare {
    client: Arc<Client>,
    insert: Statement,
    one: Statement,
    queue: mpsc::UnboundedSender<(String, oneshot::Sender<()>)>,
}

impl Bare {
    async fn new(url: &str) -> Outcome<Self> {
        let client = bare_client(url).await?;
        client.batch_execute(TABLE).await?;
        let insert = client.prepare(INSERT).await?;
        let one = client
            .prepare(
                "INSERT INTO bare (revision, event_id, stream_type, stream_id, name, version, checksum,
                 command_id, correlation_id, causation_id, payload)
                 VALUES ($1, $2, 'User', $3, 'UserRenamed', 1, 0, $4, $4, $4, $5)",
            )
            .await?;
        let (queue, waiting) = mpsc::unbounded_channel();
        let bare = Self {
            client: Arc::new(client),
            insert,
            one,
            queue,
        };
        drop(tokio::spawn(bare.clone().commit(waiting)));
        Ok(bare)
    }

    /// Takes what waits, sends it, answers.
    async fn commit(self, mut waiting: mpsc::UnboundedReceiver<(String, oneshot::Sender<()>)>) {
        let mut revisions: HashMap<String, i64> = HashMap::new();
        let mut batch = Vec::new();
        while waiting.recv_many(&mut batch, 1_024).await > 0 {
            self.send(&mut revisions, &batch)
                .await
                .expect("a bare insert succeeds");
            for (_, reply) in batch.drain(..) {
                let _gone = reply.send(());
            }
        }
    }

    async fn send(
        &self,
        revisions: &mut HashMap<String, i64>,
        batch: &[(String, oneshot::Sender<()>)],
    ) -> Outcome<()> {
        let (mut numbers, mut ids, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        let mut commands = Vec::new();
        for (stream, _) in batch {
            let revision = revisions.entry(stream.clone()).or_insert(0);
            *revision += 1;
            let command = cqrs_core::CommandId::new(Uuid::now_v7());
            numbers.push(*revision);
            ids.push(command.event(0).get());
            commands.push(command.get());
            streams.push(stream.as_str());
        }
        let (types, names) = (vec!["User"; batch.len()], vec!["UserRenamed"; batch.len()]);
        let (versions, checksums) = (vec![1_i64; batch.len()], vec![0_i32; batch.len()]);
        let payloads = vec![PAYLOAD.as_bytes(); batch.len()];
        self.client
            .execute(
                &self.insert,
                &[
                    &numbers, &ids, &types, &streams, &names, &versions, &checksums, &commands,
                    &payloads,
                ],
            )
            .await?;
        Ok(())
    }
}

async fn bare_client(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    drop(tokio::spawn(connection));
    Ok(client)
}

async fn bare_appends(bare: &Bare, tasks: usize, count: usize, first: usize) -> Outcome<f64> {
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for task in 0..tasks {
        let queue = bare.queue.clone();
        running.spawn(async move {
            for index in (task..count).step_by(tasks) {
                let (reply, answer) = oneshot::channel();
                queue.send((format!("u-{}", (first + index) % STREAMS), reply))?;
                answer.await?;
            }
            Outcome::Ok(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(per_second(count, begun.elapsed()))
}

async fn bare_alone(bare: &Bare, count: usize) -> Outcome<f64> {
    let begun = Instant::now();
    for index in 0..count {
        let command = Uuid::now_v7();
        let id = cqrs_core::CommandId::new(command).event(0).get();
        let revision = 1 + i64::try_from(index)?;
        let payload = PAYLOAD.as_bytes();
        bare.client
            .execute(&bare.one, &[&revision, &id, &"alone", &command, &payload])
            .await?;
    }
    Ok(per_second(count, begun.elapsed()))
}

const COLUMNS: &str = "position, stream_type, stream_id, revision, event_id, name, version, recorded_at, command_id, \
     correlation_id, causation_id, actor, tenant, payload";

async fn bare_loads(bare: &Bare, count: usize) -> Outcome<f64> {
    let streams: Vec<_> = std::iter::repeat_n("hot".to_owned(), 1_000)
        .map(|stream| (stream, oneshot::channel().0))
        .collect();
    bare.send(&mut HashMap::new(), &streams).await?;
    let select = format!(
        "SELECT {COLUMNS} FROM bare WHERE stream_type = 'User' AND stream_id = $1 ORDER BY revision"
    );
    let select = bare.client.prepare(&select).await?;
    let begun = Instant::now();
    for _ in 0..count {
        let rows = bare.client.query(&select, &[&"hot"]).await?;
        assert_eq!(rows.len(), 1_000);
        for row in &rows {
            bare_consume(row)?;
        }
    }
    Ok(per_second(count * 1_000, begun.elapsed()))
}

async fn bare_scan(bare: &Bare) -> Outcome<f64> {
    let select =
        format!("SELECT {COLUMNS} FROM bare WHERE position > $1 ORDER BY position LIMIT 500");
    let select = bare.client.prepare(&select).await?;
    let begun = Instant::now();
    let (mut after, mut count) = (0_i64, 0);
    loop {
        let rows = bare.client.query(&select, &[&after]).await?;
        let Some(last) = rows.last() else {
            return Ok(per_second(count, begun.elapsed()));
        };
        after = last.try_get(0)?;
        count += rows.len();
        for row in &rows {
            bare_consume(row)?;
        }
    }
}

fn bare_consume(row: &tokio_postgres::Row) -> Outcome<()> {
    // What an event consists of, as a program would hold it.
    let event: (i64, String, String, i64, Uuid, String, i64, SystemTime) = (
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
        row.try_get(4)?,
        row.try_get(5)?,
        row.try_get(6)?,
        row.try_get(7)?,
    );
    let metadata: [Option<Uuid>; 3] = [row.try_get(8)?, row.try_get(9)?, row.try_get(10)?];
    let labels: (Option<String>, Option<String>) = (row.try_get(11)?, row.try_get(12)?);
    std::hint::black_box((event, metadata, labels));
    consume(&serde_json::from_slice(row.try_get(13)?)?);
    Ok(())
}
