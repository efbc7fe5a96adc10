//! T41: a handler that takes an event a second, or fewer, with a long backlog.
//!
//! Beside it is a view, which runs through the backlog and follows the log while the handler stands at the first event:
//! what a feed kept for the slowest would show in memory, and what waited for the slowest in the time that appends take.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs::{
    Aggregate, App, Append, Apply, Event, EventHandler, EventId, EventQuery, EventStore, Expected,
    Handler, HandlerContext, HandlerError, Memory, Metadata, NewEvent, Position, Range, Recorded,
    Store, StreamId, View, app::AppBuilder, sqlite::Sqlite,
};
use serde::{Deserialize, Serialize};
use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use uuid::Uuid;

use crate::{
    apart::{apart, resident_mib},
    limits, make,
};

#[derive(Event, Serialize, Deserialize)]
struct Noted {
    text: String,
}

#[derive(Aggregate, View, Default, Serialize, Deserialize)]
#[aggregate(events(Noted))]
struct Notes {
    count: u64,
}

impl Apply<Noted> for Notes {
    fn apply(&mut self, _: &Noted) {
        self.count += 1;
    }
}

/// Takes an event whenever it is let through.
#[derive(Handler)]
#[handler(name = "slow", events(Noted), from = beginning)]
struct Slow {
    gate: Gate,
}

#[derive(Clone)]
struct Gate {
    arrivals: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Gate {
    fn closed() -> Self {
        Self {
            arrivals: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until the handler stands at the next event.
    async fn reached(&self) {
        let arrived = timeout(Duration::from_secs(60), self.arrivals.acquire()).await;
        let arrived = arrived.expect("the handler gets the next event");
        arrived.expect("it is never closed").forget();
    }
}

impl EventHandler<Noted> for Slow {
    async fn handle(&self, _: &Recorded<Noted>, _: &HandlerContext) -> Result<(), HandlerError> {
        self.gate.arrivals.add_permits(1);
        let through = self.gate.open.acquire().await;
        through.map_err(HandlerError::transient)?.forget();
        Ok(())
    }
}

/// How many events wait, and the bytes of each: more together than may be kept of them.
const BACKLOG: usize = 30_000;
const EXACT_BACKLOG: usize = 100_000;
const BYTES: usize = 1_024;
const LIMIT_MIB: u64 = 32;

const WRITERS: usize = 4;

/// Nothing is kept for it in memory, and whoever appends does not wait for it.
async fn takes_no_memory_and_holds_up_no_append<S: Store + Clone>(quiet: S, slow: S) -> String {
    fill(&slow, limits::usual_or_exact(BACKLOG, EXACT_BACKLOG)).await;
    // How long a log is matters at most where a tenth does.
    fill(&quiet, limits::usual_or_exact(0, EXACT_BACKLOG)).await;
    let without = start(following(quiet.clone())).await;

    let before = resident_mib();
    let gate = Gate::closed();
    let with = following(slow.clone())
        .handler::<Slow>()
        .provide(gate.clone());
    let with = start(with).await;
    let grown = |most: u64| Some(most.max(resident_mib()?.saturating_sub(before?)));
    let mut most = grown(0);
    let (mut undisturbed, mut disturbed) = (Vec::new(), Vec::new());
    for _ in 0..limits::usual_or_exact(3, 20) {
        gate.reached().await;
        undisturbed.extend(appends(&quiet).await);
        disturbed.extend(appends(&slow).await);
        most = most.and_then(grown);
        gate.open.add_permits(1);
    }
    drop((without, with));

    let (undisturbed, disturbed) = (limits::p99(undisturbed), limits::p99(disturbed));
    // A tenth, and what a timer is off by.
    let limit = undisturbed * 11 / 10 + Duration::from_micros(50);
    limits::at_most("an append beside a slow handler", disturbed, limit);
    assert!(
        most.is_none_or(|most| most <= LIMIT_MIB),
        "{most:?} MiB more in memory"
    );
    format!(
        "{} MiB more, 99 of 100 appends within {disturbed:?} beside it and {undisturbed:?} without it",
        shown(most)
    )
}

fn shown(mib: Option<u64>) -> String {
    mib.map_or_else(|| "unknown".to_owned(), |mib| mib.to_string())
}

/// An app with the view and not the handler.
fn following(store: impl Store) -> AppBuilder {
    App::builder(store)
        .without_auto_registration()
        .event::<Noted>()
        .aggregate::<Notes>()
        .view::<Notes>()
}

/// Starts it, which waits until the view has seen the backlog.
async fn start(app: AppBuilder) -> App {
    app.start().await.expect("it starts")
}

async fn fill(store: &dyn EventStore, events: usize) {
    for number in 0..events.div_ceil(200) {
        let notes = (0..200).map(|_| noted(BYTES));
        let notes = Append::new().stream(stream(number % 20), Expected::Any, notes);
        store.append(notes).await.expect("appended");
    }
}

/// How long each append takes of tasks that do nothing else.
async fn appends<S: Store + Clone>(store: &S) -> Vec<Duration> {
    let each = limits::usual_or_exact(25, 100);
    let writers = (0..WRITERS).map(|writer| {
        let store = store.clone();
        async move {
            let store: &dyn EventStore = &store;
            let mut took = Vec::with_capacity(each);
            for _ in 0..each {
                let note = Append::new().stream(stream(writer), Expected::Any, [noted(10)]);
                let began = Instant::now();
                store.append(note).await.expect("appended");
                took.push(began.elapsed());
            }
            took
        }
    });
    let took = writers.collect::<JoinSet<_>>().join_all().await;
    took.into_iter().flatten().collect()
}

fn stream(number: usize) -> StreamId {
    StreamId::new(<Notes as Aggregate>::NAME, number.to_string()).expect("it is short")
}

fn noted(bytes: usize) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: Noted::NAME.into(),
        version: Noted::VERSION,
        payload: format!(r#"{{"text":"{}"}}"#, "x".repeat(bytes)).into(),
        tags: Vec::new(),
        metadata: Metadata::new(),
    }
}

#[test]
fn in_memory() {
    let found = apart("slow_subscriber::in_memory", async || {
        takes_no_memory_and_holds_up_no_append(Memory::new(), Memory::new()).await
    });
    eprintln!("{found}");
}

#[test]
fn on_sqlite() {
    let found = apart("slow_subscriber::on_sqlite", async || {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |name| Sqlite::open(folder.path().join(name)).expect("a store");
        takes_no_memory_and_holds_up_no_append(open("quiet.db"), open("slow.db")).await
    });
    eprintln!("{found}");
}

#[test]
fn on_postgres() {
    let found = apart("slow_subscriber::on_postgres", async || {
        let ((quiet, _first), (slow, _second)) = (make::fresh().await, make::fresh().await);
        takes_no_memory_and_holds_up_no_append(quiet, slow).await
    });
    eprintln!("{found}");
}

/// A backlog that somebody keeps is noticed.
#[test]
fn what_is_kept_shows() {
    let found = apart("slow_subscriber::what_is_kept_shows", async || {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Sqlite::open(folder.path().join("store.db")).expect("a store");
        fill(&store, BACKLOG).await;
        let before = resident_mib();
        let all = Range::after(Position::START).limit(usize::MAX);
        let kept = store.read(&EventQuery::all(), all).await.expect("a page");
        let more = resident_mib().zip(before).map(|(now, before)| now - before);
        assert!(
            more.is_none_or(|more| more > LIMIT_MIB),
            "{more:?} MiB more"
        );
        format!("{} events take {} MiB", kept.events.len(), shown(more))
    });
    eprintln!("{found}");
}
