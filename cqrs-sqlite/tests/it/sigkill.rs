//! `kill -9` at random moments under load.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{BufRead, BufReader, Write},
    path::Path,
};

use bytes::Bytes;
use cqrs_core::{
    EventQuery, EventStore, Position, Range, StoredEvent,
    store::documents::{
        Checkpoint, CommitError, DocumentChange, PageCommit, Selection, Subscription,
        SubscriptionKind, ViewStore,
    },
};
use cqrs_sqlite::Sqlite;

use crate::{child, make};

const KILLS: usize = 200;
const TASKS: usize = 16;

/// When the child says that an append is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acknowledge {
    WhenCommitted,
    /// What the test must find out.
    TooEarly,
}

// The child.

/// Appends for ever from many tasks, keeps a view, and prints the ids of what was acknowledged.
pub(crate) fn load(file: &Path, acknowledge: Acknowledge) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let store = Sqlite::open(file).expect("a store");
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..TASKS {
            tasks.spawn(write(store.clone(), task, acknowledge));
        }
        tasks.spawn(project(store));
        while let Some(ended) = tasks.join_next().await {
            ended.expect("no panic");
        }
    });
}

async fn write(store: Sqlite, task: usize, acknowledge: Acknowledge) {
    for round in 0.. {
        let events: Vec<_> = (0..=round % 3).map(|_| make::event("x")).collect();
        let mut line = "ACK".to_owned();
        for event in &events {
            line.push(' ');
            line.push_str(&event.id.to_string());
        }
        line.push('\n');
        // Streams that several tasks write, and appends over two of them.
        let (one, two) = (format!("s{}", task % 5), format!("s{}", 5 + round % 5));
        let mut append = make::append(&one, events.clone());
        if round % 2 == 0 {
            append.streams[0].events.truncate(1);
            append = append.stream(
                make::stream(&two),
                cqrs_core::Expected::Any,
                events[1..].iter().cloned(),
            );
        }
        if acknowledge == Acknowledge::TooEarly {
            say(&line);
        }
        if round % 4 == 0 {
            // The same twice: whoever retries must not do it twice.
            let (first, second) = tokio::join!(
                make::store(&store, append.clone()),
                make::store(&store, append)
            );
            let (first, second) = (first.expect("appended"), second.expect("appended"));
            assert_eq!(first.position, second.position);
            assert!(first.duplicate != second.duplicate);
        } else {
            make::store(&store, append).await.expect("appended");
        }
        if acknowledge == Acknowledge::WhenCommitted {
            say(&line);
        }
    }
}

fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    // Nobody listens any more when the parent has failed.
    let _unheard = output
        .write_all(line.as_bytes())
        .and_then(|()| output.flush());
}

fn view() -> Subscription {
    Subscription {
        kind: SubscriptionKind::View,
        name: "counts".into(),
        version: 1,
    }
}

/// Counts the events of each stream, page by page.
async fn project(store: Sqlite) {
    let mut watch = store.watch();
    loop {
        let expected = store.checkpoint(&view()).await.expect("a checkpoint");
        let after = expected.unwrap_or_default().position;
        let page = store
            .read(&EventQuery::all(), Range::after(after).limit(40))
            .await
            .expect("a page");
        let Some(last) = page.events.last() else {
            watch.changed().await.expect("an open store");
            continue;
        };
        let position = last.meta.position;
        let counts = count(&page.events);
        let keys: Vec<_> = counts.keys().cloned().collect();
        let known = store.documents(&view(), &keys).await.expect("documents");
        let documents = counts
            .into_iter()
            .zip(known.found)
            .map(|((key, count), known)| {
                let before: u64 = known.map_or(0, |known| number(&known));
                let content = (before + count).to_string().into();
                DocumentChange {
                    key,
                    content: Some((content, Vec::new())),
                }
            });
        let commit = PageCommit {
            subscription: view(),
            expected,
            checkpoint: Checkpoint {
                position,
                ..Checkpoint::default()
            },
            reset: false,
            documents: documents.collect(),
            park: Vec::new(),
            unpark: Vec::new(),
        };
        if let Err(CommitError::Moved { .. }) = store.commit(commit).await {
            panic!("nobody else moves the checkpoint");
        }
    }
}

fn count(events: &[StoredEvent]) -> BTreeMap<Bytes, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        let key = Bytes::copy_from_slice(event.meta.stream.id().as_bytes());
        *counts.entry(key).or_default() += 1;
    }
    counts
}

fn number(content: &[u8]) -> u64 {
    let text = std::str::from_utf8(content).expect("a text");
    text.parse().expect("a number")
}

// The parent.

#[tokio::test]
async fn nothing_acknowledged_is_lost_or_doubled_over_200_kills() {
    let seed = seed();
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let mut random = Random(seed);
    let mut acknowledged = Vec::new();
    for kill in 1..=KILLS {
        run_and_kill("load", &path, random.below(80), &mut acknowledged);
        if kill % 50 == 0 {
            let faults = faults(&path, &acknowledged).await;
            assert!(faults.is_empty(), "seed {seed}, kill {kill}: {faults:#?}");
        }
    }
    assert!(acknowledged.len() > KILLS, "there was a load");
}

/// The control: the same test finds a child that acknowledges before the commit.
#[tokio::test]
async fn an_acknowledgement_before_the_commit_is_found_out() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let mut random = Random(seed());
    let mut acknowledged = Vec::new();
    for _ in 0..20 {
        run_and_kill("lie", &path, random.below(80), &mut acknowledged);
        let faults = faults(&path, &acknowledged).await;
        if faults.iter().any(|fault| fault.ends_with("is lost")) {
            return;
        }
    }
    panic!("the lie was not found out");
}

/// Kills a child when it has acknowledged so many appends. What it says until it is dead counts.
fn run_and_kill(task: &str, path: &Path, appends: usize, acknowledged: &mut Vec<String>) {
    let mut child = child::start(task, path);
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    let mut heard = 0;
    let mut killed = appends == 0;
    if killed {
        child.kill().expect("killed");
    }
    let mut line = String::new();
    while output.read_line(&mut line).expect("a line") > 0 {
        // One that was cut off was not acknowledged.
        if let Some(ids) = line
            .strip_suffix('\n')
            .and_then(|line| line.split_once("ACK "))
        {
            acknowledged.extend(ids.1.split(' ').map(str::to_owned));
            heard += 1;
            if heard >= appends && !killed {
                child.kill().expect("killed");
                killed = true;
            }
        }
        line.clear();
    }
    assert!(killed, "the child ended by itself");
    child.wait().expect("gone");
}

/// What is wrong with a store after its process was killed.
async fn faults(path: &Path, acknowledged: &[String]) -> Vec<String> {
    let store = Sqlite::open(path).expect("it opens");
    let verified = store.verify().await.expect("verified");
    let mut faults: Vec<_> = verified.faults.iter().map(ToString::to_string).collect();
    let events = make::everything(&store).await;
    let mut ids = HashSet::new();
    let mut revisions = HashMap::new();
    for (index, event) in events.iter().enumerate() {
        if !ids.insert(event.meta.id.to_string()) {
            faults.push(format!("event {} is doubled", event.meta.id));
        }
        if event.meta.position != Position::new(index as u64 + 1) {
            faults.push(format!("position {} is out of place", event.meta.position));
        }
        let revision = revisions.entry(event.meta.stream.clone()).or_insert(0);
        *revision += 1;
        if event.meta.revision.get() != *revision {
            faults.push(format!(
                "{} jumps at revision {revision}",
                event.meta.stream
            ));
        }
    }
    for id in acknowledged {
        if !ids.contains(id) {
            faults.push(format!("event {id} was acknowledged and is lost"));
        }
    }
    let checkpoint = store.checkpoint(&view()).await.expect("a checkpoint");
    let seen = usize::try_from(checkpoint.unwrap_or_default().position.get()).expect("a number");
    let expected: Vec<_> = count(&events[..seen]).into_iter().collect();
    let documents = store.list(&view(), &Selection::default()).await;
    let documents: Vec<_> = documents
        .expect("documents")
        .found
        .into_iter()
        .map(|document| (document.key, number(&document.content)))
        .collect();
    if documents != expected {
        faults.push(format!(
            "the view is {documents:?}, its events say {expected:?}"
        ));
    }
    faults
}

fn seed() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().0
}

/// Good enough to choose moments.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from((self.0 >> 33) % bound).expect("a small number")
    }
}
