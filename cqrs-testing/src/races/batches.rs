//! Appends that wait together, one of which cannot be stored.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, EventId, EventQuery, Expected, Metadata, NewEvent, Position, Revision,
    Store, StreamId,
    store::append::{Condition, Reply},
};
use uuid::Uuid;

use crate::{MakeStore, model::rng::Rng};

/// Appends that are submitted at once.
const BATCH: usize = 64;

/// How long a batch took, in the middle of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// Where every append could be stored.
    pub sound: Duration,
    /// Where one could not.
    pub spoiled: Duration,
}

/// Tests that one append which cannot be stored fails none of those that wait with it.
///
/// `batches` times 64 appends are submitted at once, every other time with one among them that conflicts, whose
/// condition fails or is beyond the head, or that repeats an event id. Answers how long both kinds took, which is for the
/// caller to judge: only where nothing else runs does it say something.
///
/// # Panics
///
/// When another append fails, the bad one does not fail as it should, or something is missing in the log.
pub async fn batch_isolation<Kind>(
    make_store: &impl MakeStore<Kind>,
    batches: usize,
    seed: u64,
) -> Isolation {
    let fresh = make_store.make().await;
    let store = &fresh.store;
    let mut rng = Rng::new(seed);
    let known = event();
    let first = append(BATCH, [known.clone()]);
    store.append(first).await.expect("the first append");

    let (mut sound, mut spoiled, mut stored) = (Vec::new(), Vec::new(), 1);
    for number in 0..batches {
        let bad = (number % 2 == 1).then(|| (rng.small(64).into(), rng.small(4)));
        let started = Instant::now();
        stored += submit(store, bad, &known).await;
        let took = started.elapsed();
        if bad.is_some() {
            spoiled.push(took);
        } else {
            sound.push(took);
        }
    }
    let head = store.head().await.expect("the head can be read");
    assert_eq!(
        head,
        Position::new(stored),
        "the store breaks its contract: what was acknowledged is stored, and nothing else (seed {seed})"
    );
    Isolation {
        sound: middle(sound),
        spoiled: middle(spoiled),
    }
}

/// Submits one batch, with a bad one of some kind at some place, and answers how many were stored.
async fn submit(store: &Arc<dyn Store>, bad: Option<(usize, u8)>, known: &NewEvent) -> u64 {
    let mut answers = Vec::with_capacity(BATCH);
    for number in 0..BATCH {
        let kind = bad.filter(|(at, _)| *at == number).map(|(_, kind)| kind);
        let one = append(number, [event()]);
        let append = match kind {
            Some(kind) => spoil(one, kind, known),
            None => one,
        };
        let (reply, answer) = Reply::channel();
        store.submit(append, reply);
        answers.push((kind, answer));
    }
    let mut stored = 0;
    for (kind, answer) in answers {
        let answer = answer.await;
        let right = match (kind, &answer) {
            (None, Ok(_)) => {
                stored += 1;
                true
            }
            (Some(0), Err(AppendError::Conflict { .. }))
            | (Some(1), Err(AppendError::ConditionFailed { .. }))
            | (Some(2), Err(AppendError::BeyondHead { .. }))
            | (Some(3), Err(AppendError::EventIdReused { .. })) => true,
            _ => false,
        };
        assert!(
            right,
            "the store breaks its contract: in a batch with {bad:?}, one of kind {kind:?} got {answer:?}"
        );
    }
    stored
}

fn spoil(mut append: Append, kind: u8, known: &NewEvent) -> Append {
    let after = |after| Condition {
        query: EventQuery::all(),
        after,
    };
    match kind {
        0 => append.streams[0].expected = Expected::Exactly(Revision::new(u64::from(u32::MAX))),
        1 => append.condition = Some(after(Position::START)),
        2 => append.condition = Some(after(Position::new(u64::from(u32::MAX)))),
        _ => append.streams[0].events[0].id = known.id,
    }
    append
}

fn append<const N: usize>(stream: usize, events: [NewEvent; N]) -> Append {
    let stream = StreamId::new("Batch", stream.to_string()).expect("it is short");
    Append::new().stream(stream, Expected::Any, events)
}

fn event() -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Submitted".into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    }
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
