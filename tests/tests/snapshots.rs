//! States that begin with a snapshot are what all events make of them, whatever snapshot there is.

#![expect(clippy::unwrap_used, reason = "a test fails by it")]

#[path = "support/random.rs"]
mod random;
#[path = "support/stores.rs"]
mod stores;

use std::convert::Infallible;

use cqrs::{
    Aggregate, App, Append, Apply, Command, CommandId, Context, Decide, Event, EventId, EventStore,
    Expected, Metadata, NewEvent, Revision, Store, StreamId, store::Snapshot,
};
use random::{Rng, usually};
use serde::{Deserialize, Serialize};
use stores::{Place, on_each_store};

#[derive(Event, Serialize, Deserialize)]
struct Added {
    number: u64,
}

/// Another one for another order of its events.
#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Added), snapshot(version = 2, every = 3))]
struct Tally {
    count: u64,
    hash: u64,
}

impl Apply<Added> for Tally {
    fn apply(&mut self, event: &Added) {
        self.count += 1;
        self.hash = self.hash.wrapping_mul(31).wrapping_add(event.number);
    }
}

/// Adds a number, and answers what it was decided on.
#[derive(Command, Serialize, Deserialize)]
#[command(aggregate = Tally, upsert, output = Tally)]
struct Add {
    #[id]
    tally: String,
    number: u64,
}

impl Decide<Add> for Tally {
    fn decide(&self, command: &Add, cx: &mut Context<'_, Self>) -> Result<Self, Infallible> {
        cx.emit(Added {
            number: command.number,
        });
        Ok(self.clone())
    }
}

/// A stream, and what it is to be folded into.
struct Case {
    id: String,
    numbers: Vec<u64>,
}

impl Case {
    fn stream(&self) -> StreamId {
        StreamId::new("Tally", &*self.id).unwrap()
    }

    /// The event at a place of this history, and of no other.
    fn event(&self, place: usize) -> EventId {
        CommandId::from_key(&self.id).event(u32::try_from(place).unwrap())
    }

    /// What the first of its events make.
    fn folded(&self, revision: usize) -> Tally {
        let mut tally = Tally::default();
        for &number in &self.numbers[..revision] {
            Apply::apply(&mut tally, &Added { number });
        }
        tally
    }

    /// Records random numbers.
    async fn grow(&mut self, store: &dyn EventStore, count: u64, rng: &mut Rng) {
        let first = self.numbers.len();
        self.numbers.extend((0..count).map(|_| rng.below(100)));
        let events = (first..self.numbers.len()).map(|place| NewEvent {
            id: self.event(place),
            name: "Added".into(),
            version: 1,
            payload: format!(r#"{{"number":{}}}"#, self.numbers[place]).into(),
            tags: Vec::new(),
            metadata: Metadata::new(),
        });
        let append = Append::new().stream(self.stream(), Expected::Any, events);
        store.append(append).await.unwrap();
    }
}

/// What a snapshot may be.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// As the program keeps it.
    Good,
    /// Of another shape of the state.
    OfAnotherVersion,
    /// Of events that the stream had in another history.
    OfAnotherHistory,
    /// Without the event that it ends with.
    OfNoEvent,
    /// Of more events than the stream has, for now or for long.
    Ahead,
    /// Not even that.
    Garbage,
}

const KINDS: [Kind; 6] = [
    Kind::Good,
    Kind::OfAnotherVersion,
    Kind::OfAnotherHistory,
    Kind::OfNoEvent,
    Kind::Ahead,
    Kind::Garbage,
];

/// A state that no history has.
const WRONG: &str = r#"{"count":7777,"hash":7777}"#;

fn snapshot(kind: Kind, case: &Case, rng: &mut Rng) -> Snapshot {
    let length = case.numbers.len() as u64;
    let revision = match kind {
        Kind::Ahead => length + 1 + rng.below(6),
        _ => 1 + rng.below(length),
    };
    let place = usize::try_from(revision).unwrap();
    let lost = CommandId::from_key("lost").event(0);
    let (version, state) = match kind {
        Kind::Good => {
            let state = serde_json::to_string(&case.folded(place)).unwrap();
            (2, format!("{}\n{state}", case.event(place - 1)))
        }
        Kind::OfAnotherVersion => {
            let version = [1, 3][usize::try_from(rng.below(2)).unwrap()];
            (version, format!("{}\n{WRONG}", case.event(place - 1)))
        }
        Kind::OfAnotherHistory | Kind::Ahead => (2, format!("{lost}\n{WRONG}")),
        Kind::OfNoEvent => (2, WRONG.to_owned()),
        Kind::Garbage => (2, format!("{}\n{{", case.event(place - 1))),
    };
    Snapshot {
        version,
        revision: Revision::new(revision),
        state: state.into(),
    }
}

async fn start(store: impl Store) -> App {
    let app = App::builder(store)
        .without_auto_registration()
        .event::<Added>()
        .aggregate::<Tally>()
        .command::<Add>();
    app.start().await.unwrap()
}

/// T39: every kind of snapshot, of streams that have grown since and of those that have not, and what the program itself has
/// made of it then.
async fn a_state_is_the_same_whatever_snapshot_there_is(place: impl Place) {
    let store = place.open().await;
    let store: &dyn EventStore = &store;
    let mut rng = Rng::seeded(2026);
    let mut cases = Vec::new();
    for number in 0..usually(300, 10_000) {
        let mut case = Case {
            id: number.to_string(),
            numbers: Vec::new(),
        };
        let length = 1 + rng.below(8);
        case.grow(store, length, &mut rng).await;
        let kind = KINDS[usize::try_from(rng.below(6)).unwrap()];
        let snapshot = snapshot(kind, &case, &mut rng);
        let (stream, version) = (case.stream(), snapshot.version);
        let saved = store.save_snapshot(&stream, snapshot.clone()).await;
        saved.unwrap();
        let kept = store.snapshot(&stream, version).await.unwrap();
        assert_eq!(kept, Some(snapshot), "it is there to be used");
        // Past the place that it is ahead by, or not.
        let more = rng.below(10);
        case.grow(store, more, &mut rng).await;
        cases.push((kind, case));
    }
    // The second one begins with what the first one has kept.
    for app in ["first", "second"] {
        let it = start(place.open().await).await;
        for (kind, case) in &mut cases {
            let add = Add {
                tally: case.id.clone(),
                number: rng.below(100),
            };
            let expected = case.folded(case.numbers.len());
            case.numbers.push(add.number);
            let decided_on = it.dispatch(add).await.unwrap().output;
            assert_eq!(
                decided_on, expected,
                "{app} program, {kind:?}, stream {}",
                case.id
            );
        }
    }
}

on_each_store! {
    a_state_is_the_same_whatever_snapshot_there_is
}
