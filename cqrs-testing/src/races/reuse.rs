//! Event ids that come again with something else.

use bytes::Bytes;
use cqrs_core::{Append, AppendError, EventId, Expected, Metadata, NewEvent, StreamId};
use uuid::Uuid;

use super::log;
use crate::{MakeStore, model::rng::Rng};

/// How many appends are there to be repeated wrongly, each of three events.
const STORED: usize = 50;

/// Tests that an append which repeats event ids, and is not the same append, is refused and stores nothing.
///
/// `attempts` times: with some of the ids, in another order, in another stream, with other content, with ids of two
/// appends, or one id twice. `seed` chooses.
///
/// # Panics
///
/// When the store takes one, answers with another error, or has stored something.
pub async fn event_id_reuse<Kind>(make_store: &impl MakeStore<Kind>, attempts: usize, seed: u64) {
    let fresh = make_store.make().await;
    let store = &fresh.store;
    let mut rng = Rng::new(seed);
    let mut stored = Vec::new();
    for number in 0..STORED {
        let events = (0..3).map(|_| event(&mut rng)).collect();
        let append = append(number, events);
        let appended = store.append(append.clone()).await;
        appended.expect("an append against which nothing speaks");
        stored.push(append);
    }
    let before = log(store).await;
    for _ in 0..attempts {
        let (what, append) = distorted(&stored, &mut rng);
        let answer = store.append(append).await;
        assert!(
            matches!(answer, Err(AppendError::EventIdReused { .. })),
            "the store breaks its contract: {what}, and the answer was {answer:?} (seed {seed})"
        );
    }
    assert!(
        log(store).await == before,
        "the store breaks its contract: an append that was refused has changed the log (seed {seed})"
    );
}

/// An append that is not one of those stored, although its ids are, and what was done to it.
fn distorted(stored: &[Append], rng: &mut Rng) -> (&'static str, Append) {
    let number = pick(stored.len(), rng);
    let mut changed = stored[number].clone();
    let other = &stored[(number + 1) % stored.len()];
    let streams = &mut changed.streams;
    let events = &mut streams[0].events;
    let what = match rng.below(8) {
        0 => {
            let at = pick(events.len(), rng);
            events[at] = event(rng);
            "one id is new, in place of one that is stored"
        }
        1 => {
            events.swap(0, 1);
            "the ids are in another order"
        }
        2 => {
            streams[0].stream = stream(number + 1);
            "the ids are of another stream"
        }
        3 => {
            let at = pick(events.len(), rng);
            events[at].payload = Bytes::from_static(b"\"other\"");
            "a payload is another one"
        }
        4 => {
            let at = pick(events.len(), rng);
            events[at].name = "Other".into();
            "a name is another one"
        }
        5 => {
            events.extend_from_slice(&other.streams[0].events[1..]);
            "the ids are of two appends"
        }
        6 => {
            let at = pick(events.len() + 1, rng);
            events.insert(at, event(rng));
            "one id is new, beside all that are stored"
        }
        _ => {
            let again = events[pick(events.len(), rng)].clone();
            events.push(again);
            "one id is there twice"
        }
    };
    (what, changed)
}

fn pick(count: usize, rng: &mut Rng) -> usize {
    usize::try_from(rng.below(count as u64)).unwrap_or_default()
}

fn append(number: usize, events: Vec<NewEvent>) -> Append {
    Append::new().stream(stream(number), Expected::Any, events)
}

fn stream(number: usize) -> StreamId {
    StreamId::new("Reuse", number.to_string()).expect("it is short")
}

fn event(rng: &mut Rng) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Stored".into(),
        version: 1,
        payload: Bytes::from(rng.below(1_000).to_string()),
        tags: Vec::new(),
        metadata: Metadata::new(),
    }
}
