//! Promises about everything at once, held against random histories and mishaps.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

use std::{
    collections::BTreeMap,
    convert::Infallible,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use cqrs::{
    Aggregate, App, Apply, Command, Context, Decide, DispatchError, Event, EventHandler,
    EventQuery, EventStore, Handler, HandlerContext, HandlerError, Memory, Position, Project,
    Query, Range, Recorded, Store, View, app::AppBuilder, sqlite::Sqlite,
};
use cqrs_testing::FaultyStore;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

/// Adds to a tally, in one event for each number.
#[derive(Command, Clone, Serialize, Deserialize)]
#[command(aggregate = Tally, upsert, output = u64)]
struct Add {
    #[id]
    tally: String,
    numbers: Vec<u32>,
}

#[derive(Event, Serialize, Deserialize)]
struct Added {
    number: u32,
}

/// Its state depends on the order of its events, too.
#[derive(Aggregate, View, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Added), snapshot(version = 1, every = 5))]
struct Tally {
    hash: u64,
    count: u64,
}

impl Decide<Add> for Tally {
    /// Answers the state it was decided on.
    fn decide(&self, command: &Add, cx: &mut Context<'_, Self>) -> Result<u64, Infallible> {
        for &number in &command.numbers {
            cx.emit(Added { number });
        }
        Ok(self.hash)
    }
}

impl Apply<Added> for Tally {
    fn apply(&mut self, event: &Added) {
        self.hash = self.hash.wrapping_mul(31).wrapping_add(event.number.into());
        self.count += 1;
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Tally)]
struct GetTally {
    #[id]
    tally: String,
}

/// How often each number came, over all tallies; 13 is bad luck.
#[derive(View, Debug, PartialEq, Serialize, Deserialize)]
#[view(events(Added), key = u32)]
struct Frequency {
    count: u64,
}

impl Project<Added> for Frequency {
    fn keys(event: &Recorded<Added>) -> cqrs::Keys<u32> {
        cqrs::Keys::one(event.number)
    }

    fn project(view: Option<Self>, _: &u32, event: &Recorded<Added>) -> Option<Self> {
        assert_ne!(event.number, 13, "bad luck");
        let count = view.map_or(0, |view| view.count) + 1;
        Some(Self { count })
    }
}

#[derive(Query, Serialize, Deserialize)]
#[query(view = Frequency)]
struct GetFrequency {
    #[id]
    number: u32,
}

/// Notes what it is given, in order; 13 panics.
#[derive(Handler)]
#[handler(name = "scribe", events(Added), from = beginning)]
struct Scribe {
    notes: Notes,
}

#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<(String, u64)>>>);

impl EventHandler<Added> for Scribe {
    async fn handle(
        &self,
        event: &Recorded<Added>,
        _: &HandlerContext,
    ) -> Result<(), HandlerError> {
        if event.number == 13 {
            return Err(HandlerError::permanent("bad luck"));
        }
        let (stream, revision) = (event.stream().id().to_owned(), event.revision().get());
        self.notes.0.lock().unwrap().push((stream, revision));
        Ok(())
    }
}

/// Small random numbers, always the same for the same seed.
struct Rng(u64);

impl Rng {
    const fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn add(&mut self, tallies: u64) -> Add {
        let tally = format!("t{}", self.below(tallies));
        let count = self.below(4);
        let numbers = (0..count).map(|_| u32::try_from(self.below(10)).unwrap());
        Add {
            tally,
            numbers: numbers.collect(),
        }
    }
}

fn builder(store: impl Store, notes: &Notes) -> AppBuilder {
    App::builder(store).provide(notes.clone())
}

async fn tally(app: &App, tally: &str) -> Option<Tally> {
    let tally = tally.to_owned();
    app.ask(GetTally { tally }).await.unwrap()
}

/// Every tally and frequency as the log says, by the plainest fold there is.
async fn folded(store: &dyn EventStore) -> (BTreeMap<String, Tally>, BTreeMap<u32, u64>) {
    let (mut tallies, mut frequencies) = (BTreeMap::<_, Tally>::new(), BTreeMap::new());
    let mut after = Position::START;
    loop {
        let page = store
            .read(&EventQuery::all(), Range::after(after))
            .await
            .unwrap();
        let Some(last) = page.events.last() else {
            break;
        };
        after = last.meta.position;
        for event in page.events {
            let added: Added = serde_json::from_slice(&event.payload).unwrap();
            let tally = tallies.entry(event.meta.stream.id().to_owned());
            Apply::apply(tally.or_default(), &added);
            *frequencies.entry(added.number).or_default() += 1;
        }
    }
    (tallies, frequencies)
}

async fn views_equal_the_fold(app: &App, store: &dyn EventStore) {
    app.caught_up().await.unwrap();
    let (tallies, frequencies) = folded(store).await;
    for (id, expected) in tallies {
        assert_eq!(tally(app, &id).await, Some(expected), "{id}");
    }
    for (number, count) in frequencies {
        let seen = app.ask(GetFrequency { number }).await.unwrap();
        assert_eq!(seen, Some(Frequency { count }), "{number}");
    }
}

/// Apps come and go on one store that fails in every way it can.
async fn whatever_fails(store: impl Store + Clone, seed: u64) {
    let (mut rng, notes) = (Rng(seed), Notes::default());
    for _ in 0..6 {
        let failing = FaultyStore::new(store.clone());
        let faults = failing.faults();
        let app = builder(failing, &notes).start().await.unwrap();
        for _ in 0..30 {
            match rng.below(8) {
                0 => faults.fail_commits(1),
                1 => faults.lose_commits(1),
                2 => faults.fail_reads(1),
                3 => faults.fail_appends(1),
                4 => faults.lose_acknowledgements(1),
                _ => {}
            }
            // It may fail and it may not be known whether it has: the log says what there is.
            let _answer = app.dispatch(rng.add(5)).await;
        }
        if rng.below(2) == 0 {
            faults.heal();
            views_equal_the_fold(&app, &store).await;
        }
        // The app goes without a word, whatever its views are about to do.
    }
    let app = builder(store.clone(), &notes).start().await.unwrap();
    views_equal_the_fold(&app, &store).await;

    // A handler is given each event at least once, and those of a stream in order but for repetitions.
    let mut last = BTreeMap::<String, u64>::new();
    for (stream, revision) in notes.0.lock().unwrap().drain(..) {
        let last = last.entry(stream).or_default();
        assert!(revision <= *last + 1, "an event was left out");
        *last = revision.max(*last);
    }
    let (tallies, _) = folded(&store).await;
    let counts = tallies.into_iter().map(|(id, tally)| (id, tally.count));
    assert_eq!(last, counts.collect());
    app.shutdown().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_view_equals_the_fold_of_its_events_whatever_fails() {
    for seed in 1..=10 {
        whatever_fails(Memory::new(), seed).await;
    }
}

#[tokio::test]
async fn a_view_equals_the_fold_of_its_events_whatever_fails_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    whatever_fails(Sqlite::open(folder.path().join("store.db")).unwrap(), 11).await;
}

/// Three apps decide in turn on one store: one with everything in its cache, one with room for a single aggregate, and
/// one that is new each time and begins with a snapshot.
#[tokio::test]
async fn state_is_the_same_from_cache_snapshot_and_stream() {
    let (store, notes) = (Memory::new(), Notes::default());
    let cached = builder(store.clone(), &notes).start().await.unwrap();
    let small = builder(store.clone(), &notes)
        .cached_aggregates(NonZeroUsize::MIN)
        .start()
        .await
        .unwrap();
    let mut rng = Rng(2026);
    for _ in 0..300 {
        let fresh;
        let app = match rng.below(3) {
            0 => &cached,
            1 => &small,
            _ => {
                fresh = builder(store.clone(), &notes).start().await.unwrap();
                &fresh
            }
        };
        let add = rng.add(3);
        let (tallies, _) = folded(&store).await;
        let expected = tallies.get(&add.tally).map_or(0, |tally| tally.hash);
        assert_eq!(app.dispatch(add).await.unwrap().output, expected);
    }
}

/// One aggregate, sixty-four tasks, and a store that takes its time for each commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_on_one_aggregate_make_no_conflict_and_no_gap_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("store.db")).unwrap();
    let app = builder(store.clone(), &Notes::default()).start();
    let app = app.await.unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..64 {
        let app = app.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                let add = Add {
                    tally: "hot".into(),
                    numbers: vec![number % 10],
                };
                app.dispatch(add).await.unwrap();
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(tally(&app, "hot").await.unwrap().count, 640);
    let store: &dyn EventStore = &store;
    let range = Range::after(Position::START).limit(1_000);
    let page = store.read(&EventQuery::all(), range).await.unwrap();
    let numbers = page.events.iter().map(|event| event.meta.revision.get());
    assert!(numbers.eq(1..=640), "no gap, and in the order of the log");
    views_equal_the_fold(&app, store).await;
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_bad_stops_nothing_but_itself_and_is_visible() {
    let (store, notes) = (Memory::new(), Notes::default());
    let app = builder(store.clone(), &notes).start().await.unwrap();
    let add = |tally: &str, numbers: &[u32]| Add {
        tally: tally.into(),
        numbers: numbers.into(),
    };

    // A request that cannot be stored, among others in one batch; a message that is none; and a poisonous event.
    let (first, bad, second, poison) = tokio::join!(
        app.dispatch(add("good", &[1, 2])),
        app.dispatch(add("b\0d", &[1])),
        app.dispatch(add("good", &[3])),
        app.dispatch(add("poisoned", &[13])),
    );
    assert!(first.is_ok() && second.is_ok() && poison.is_ok());
    assert!(matches!(bad, Err(DispatchError::Invalid(_))));
    let none = app.dispatch_json("Add", r#"{"tally":7}"#).await;
    assert!(matches!(none, Err(DispatchError::Invalid(_))));
    app.dispatch(add("poisoned", &[4])).await.unwrap();
    app.dispatch(add("good", &[5])).await.unwrap();
    app.caught_up().await.unwrap();

    // Aggregates and their own views know nothing of it.
    assert_eq!(tally(&app, "poisoned").await.unwrap().count, 2);
    for number in [1, 2, 3, 4, 5] {
        let seen = app.ask(GetFrequency { number }).await.unwrap();
        assert_eq!(seen, Some(Frequency { count: 1 }), "{number}");
    }
    let parked = app.ask(GetFrequency { number: 13 }).await.unwrap_err();
    assert!(parked.to_string().contains("`13`"), "{parked}");
    assert!(parked.to_string().contains("bad luck"), "{parked}");
    let good: Vec<_> = (1..=4)
        .map(|revision| ("good".to_owned(), revision))
        .collect();
    assert_eq!(*notes.0.lock().unwrap(), good);

    let parked = app.parked().await.unwrap();
    let parked: Vec<_> = parked
        .iter()
        .map(|parked| (&*parked.name, &*parked.key_text, parked.positions.len()))
        .collect();
    assert_eq!(
        parked,
        [("Frequency", "13", 1), ("scribe", "Tally `poisoned`", 2)]
    );
    let states = app.status().await.unwrap();
    assert!(states.iter().all(|status| status.lag_events == 0));
}
