//! Plans of statements are made once, often when the tables are empty, and must stay good when these are large.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use cqrs_core::{
    EventStore, NewEvent, Position, Revision, Tag,
    store::{
        Snapshot,
        documents::{
            Checkpoint, DocumentChange, IndexRange, IndexValue, PageCommit, ParkedEvent, Selection,
            Subscription, SubscriptionKind, ViewStore,
        },
        query::{EventQuery, Range},
    },
};
use cqrs_postgres::Postgres;
use tokio::time::timeout;
use tokio_postgres::Client;

use crate::make;

/// How many rows each table is given that a plan was made for when it was empty.
const ROWS: i64 = 40_000;

/// How long the server may take to tell what it has counted.
const PATIENCE: Duration = Duration::from_secs(30);

/// A view that keeps documents by key, and one that finds them by an index, too.
const VIEWS: [&str; 2] = ["plain", "indexed"];

fn view(name: &str) -> Subscription {
    Subscription {
        kind: SubscriptionKind::View,
        name: name.to_owned().into(),
        version: 1,
    }
}

fn at(position: u64) -> Checkpoint {
    Checkpoint {
        position: Position::new(position),
        ..Checkpoint::default()
    }
}

fn key(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Writes, reads and deletes of every kind, on a few rows of each table.
async fn everything(store: &Postgres, round: u64) {
    append(store, round).await;
    for name in VIEWS {
        project(store, name, round).await;
    }
}

async fn append(store: &Postgres, round: u64) {
    let name = format!("Only{round}");
    let tag = |name: &str| Tag::new(name, format!("{round}")).expect("a tag");
    let tagged = |tag: Tag| NewEvent {
        name: name.clone().into(),
        tags: vec![tag],
        ..make::event("x")
    };
    let id = format!("round{round}");
    let stream = make::stream(&id);
    // Events have one of the two tags each, so that the other one is looked for.
    let events = [tagged(tag("a")), tagged(tag("b"))];
    let known = events[0].id;
    let done = make::store(store, make::append(&id, events)).await;
    let before = Position::new(done.expect("appended").position.get() - 2);
    assert!(store.find(known).await.expect("read").is_some());

    let both = EventQuery::all().tag(tag("a")).tag(tag("b"));
    for (query, found) in [
        (both.clone(), 0),
        (EventQuery::all().tag(tag("a")), 1),
        (EventQuery::all().names([name.clone()]), 2),
    ] {
        for range in [Range::after(Position::START), Range::backward()] {
            let page = store.read(&query, range.limit(10)).await.expect("a page");
            assert_eq!(page.events.len(), found);
        }
    }
    let page = store
        .read(&EventQuery::all(), Range::after(before).limit(2))
        .await;
    assert_eq!(page.expect("a page").events.len(), 2);

    let never = both.or(EventQuery::all().names(["Never"]));
    let more = make::append(&id, [make::event("y")]).only_if_none(never, Position::START);
    make::store(store, more.clone()).await.expect("appended");
    let again = make::store(store, more).await.expect("told");
    assert!(again.duplicate, "each event id is looked for");

    let page = store.read_stream(&stream, Revision::NONE, 10).await;
    assert_eq!(page.expect("a page").events.len(), 3);
    let snapshot = Snapshot {
        version: 1,
        revision: Revision::new(3),
        state: key("{}"),
    };
    store.save_snapshot(&stream, snapshot).await.expect("kept");
    let kept = store.snapshot(&stream, 1).await.expect("read");
    assert!(kept.is_some());
    assert_eq!(store.erase(&stream).await.expect("erased"), 3);
}

async fn project(store: &Postgres, name: &str, round: u64) {
    let is_indexed = name == "indexed";
    let values = |value: &str| {
        let value = IndexValue {
            index: "by".into(),
            value: key(value),
        };
        is_indexed.then_some(value).into_iter().collect()
    };
    let change = |document: &str, content: Option<&str>, value: &str| DocumentChange {
        key: key(document),
        content: content.map(|content| (key(content), values(value))),
    };
    let parked = ParkedEvent {
        key: key("parked"),
        key_text: "parked".into(),
        position: Position::new(round),
        attempts: 1,
        error: "no".into(),
        parked_at: SystemTime::UNIX_EPOCH,
    };
    let position = 10 * round;
    let stored = store.checkpoint(&view(name)).await.expect("a checkpoint");
    let first = PageCommit {
        subscription: view(name),
        expected: stored,
        checkpoint: at(position),
        reset: false,
        documents: vec![
            change("kept", Some("{}"), &format!("first{round}")),
            change("deleted", Some("{}"), "deleted"),
        ],
        park: vec![parked],
        unpark: Vec::new(),
    };
    store.commit(first.clone()).await.expect("committed");
    let second = PageCommit {
        expected: Some(at(position)),
        checkpoint: at(position + 1),
        documents: vec![
            change("kept", Some("[]"), &format!("second{round}")),
            change("deleted", None, ""),
        ],
        park: Vec::new(),
        unpark: vec![(key("parked"), Position::new(round))],
        ..first
    };
    store.commit(second).await.expect("committed");

    let keys = [key("kept"), key("deleted")];
    let found = store.documents(&view(name), &keys).await.expect("read");
    assert_eq!(found.found, [Some(key("[]")), None]);
    if is_indexed {
        let value = key(&format!("second{round}"));
        // The one, and those behind all others.
        for (from, to, number) in [(value.clone(), Some(value), 1), (key("zz"), None, 0)] {
            let selection = Selection {
                by: Some(IndexRange {
                    index: "by".into(),
                    from: Some(from),
                    to,
                }),
                after: None,
                skip: 0,
                take: Some(10),
            };
            let found = store.list(&view(name), &selection).await.expect("read");
            assert_eq!(found.found.len(), number);
            let count = store.count(&view(name), &selection).await.expect("read");
            assert_eq!(count.found, number as u64);
        }
    }
    let left = store.parked(&view(name), Some(&key("parked"))).await;
    assert_eq!(left.expect("read"), []);
}

/// Adds rows to every table, of which the store reads none. Nothing tells the server to plan anew.
async fn grow(watcher: &Client, url: &str) {
    let owner = make::owner(url).await;
    // Half of them before and half behind what the store reads. No table is made for them: that would have the server plan
    // anew.
    let bulk = format!(
        "(SELECT n, t.tag, convert_to(t.tag, 'UTF8') AS key FROM generate_series(1, {ROWS}) AS n,
          LATERAL (SELECT CASE n % 2 WHEN 0 THEN '0:' ELSE 'z:' END || n AS tag) t) b"
    );
    let sql = format!(
        "INSERT INTO cqrs.events (position, revision, event_id, stream_type, stream_id, name, version, recorded_at,
                 checksum, payload)
             SELECT h.head + b.n, b.n, gen_random_uuid(), 'Account', 'bulk', CASE b.n % 2 WHEN 0 THEN '$erased'
                 ELSE 'Opened' END, 1, clock_timestamp(), 0, ''
             FROM (SELECT max(position) AS head FROM cqrs.events OFFSET 0) AS h, {bulk};
         INSERT INTO cqrs.snapshots (stream_type, stream_id, version, revision, checksum, state)
             SELECT 'Account', b.tag, 1, 1, 0, '' FROM {bulk};
         INSERT INTO cqrs.tags (tag, position, name) SELECT b.tag, b.n, 'Opened' FROM {bulk};
         INSERT INTO cqrs_views.documents (view, key, content)
             SELECT s.id, b.key, '{{}}' FROM cqrs.subscriptions s, {bulk};
         INSERT INTO cqrs_views.document_indexes (view, name, value, key)
             SELECT s.id, 'by', b.key, b.key FROM cqrs.subscriptions s, {bulk};
         INSERT INTO cqrs_views.parked (subscription, key, position, key_text, attempts, error, parked_at)
             SELECT s.id, b.key, b.n, '', 1, '', now() FROM cqrs.subscriptions s, {bulk}"
    );
    owner.batch_execute(&sql).await.expect("filled");
    let pid = make::value(&owner, "SELECT pg_backend_pid()").await;
    drop(owner);
    let it = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE pid = {}",
        pid.expect("a connection has one")
    );
    until_none(watcher, &it).await;
}

/// What the server has counted of an index.
#[derive(Clone, Debug)]
struct Used {
    index: String,
    scans: i64,
    entries: i64,
    blocks: i64,
}

/// The indexes of the tables that grow.
const INDEXES: [&str; 9] = [
    "documents_pkey",
    "document_indexes_pkey",
    "events_id",
    "events_name",
    "events_pkey",
    "events_stream",
    "parked_pkey",
    "snapshots_pkey",
    "tags_pkey",
];

/// What the server has counted, as soon as it is enough for each index: connections tell when they end, or later.
async fn counted(owner: &Client, is_enough: impl Fn(&Used) -> bool) -> BTreeMap<String, Used> {
    let sql = "SELECT indexrelname::text, idx_scan, idx_tup_read, idx_blks_read + idx_blks_hit
         FROM pg_stat_user_indexes JOIN pg_statio_user_indexes USING (schemaname, indexrelname)
         WHERE schemaname IN ('cqrs', 'cqrs_views') AND indexrelname = ANY ($1)";
    let mut all = BTreeMap::new();
    let begun = Instant::now();
    while all.len() < INDEXES.len() || !all.values().all(&is_enough) {
        assert!(begun.elapsed() < PATIENCE, "{all:#?} is not enough");
        let rows = owner
            .query(sql, &[&INDEXES.as_slice()])
            .await
            .expect("counted");
        let of = |row: tokio_postgres::Row| {
            let index: String = row.get(0);
            let used = Used {
                index: index.clone(),
                scans: row.get(1),
                entries: row.get(2),
                blocks: row.get(3),
            };
            (index, used)
        };
        all = rows.into_iter().map(of).collect();
    }
    all
}

/// Waits until nothing is counted: a connection that is gone has told what it did.
async fn until_none(owner: &Client, connections: &str) {
    let gone = async { while make::value(owner, connections).await.as_deref() != Some("0") {} };
    timeout(PATIENCE, gone).await.expect("they end");
}

#[tokio::test]
async fn plans_made_on_empty_tables_read_no_table_from_end_to_end() {
    let database = temporary_postgres::shared().expect("a database");
    let url = database.url();
    let owner = make::owner(url).await;
    Postgres::migrate(url).await.expect("migrated");
    // What the server finds out about the tables by itself would have it plan anew.
    for table in [
        "cqrs.events",
        "cqrs.snapshots",
        "cqrs.tags",
        "cqrs_views.documents",
        "cqrs_views.document_indexes",
        "cqrs_views.parked",
    ] {
        let sql = format!("ALTER TABLE {table} SET (autovacuum_enabled = false)");
        owner.batch_execute(&sql).await.expect("altered");
    }
    // Without looking for news, which would be counted, too.
    let options = Postgres::options()
        .connections(1)
        .listen(false)
        .poll_every(Duration::from_secs(3_600));
    let store = options.connect(url).await.expect("a store");
    everything(&store, 1).await;
    grow(&owner, url).await;
    let before = counted(&owner, |used| used.blocks >= ROWS).await;
    everything(&store, 2).await;
    store.close().await.expect("closed");
    let others = "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    until_none(&owner, others).await;
    let scans: BTreeMap<_, _> = before
        .iter()
        .map(|(index, used)| (index, used.scans))
        .collect();
    let now = counted(&owner, |used| used.scans > scans[&used.index]).await;

    for index in INDEXES {
        let (before, now) = (&before[index], &now[index]);
        let (entries, blocks) = (now.entries - before.entries, now.blocks - before.blocks);
        // An index has a hundred blocks and more.
        assert!(
            entries < 100 && blocks < 150,
            "{entries} entries in {blocks} blocks of `{index}` were read"
        );
    }
}
