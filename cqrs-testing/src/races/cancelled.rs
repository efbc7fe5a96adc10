//! Calls that somebody stops waiting for.

use std::{collections::HashMap, future::poll_fn, pin::pin, sync::Arc, task::Poll};

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventId, EventQuery, Expected, Metadata, NewEvent, Position,
    Range, Revision, Store, StoredEvent, StreamId,
    store::{
        Snapshot,
        documents::{
            Checkpoint, DocumentChange, PageCommit, Selection, Subscription, SubscriptionKind,
        },
    },
};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::log;
use crate::{MakeStore, model::rng::Rng};

/// Calls that are under way at once.
const AT_ONCE: usize = 32;

/// Tests that calls which are given up at any point leave the store usable, and appends whole or not there at all.
///
/// `calls` appends over two streams, and as many calls of other kinds, are polled a few times and dropped. Then each
/// append is there as a whole or not at all, and sent again it is there once. Run it on a runtime with several threads.
///
/// # Panics
///
/// When an append is stored in part or twice, or the store does not answer any more.
pub async fn cancel_storm<Kind>(make_store: &impl MakeStore<Kind>, calls: usize, seed: u64) {
    let fresh = make_store.make().await;
    let store = &fresh.store;
    let mut rng = Rng::new(seed);
    let mut sent = Vec::with_capacity(calls);
    let mut under_way = JoinSet::new();
    for _ in 0..calls {
        let append = append(&mut rng);
        sent.push(append.clone());
        under_way.spawn(give_up_append(Arc::clone(store), append, rng.below(6)));
        under_way.spawn(give_up_other(Arc::clone(store), rng.small(7), rng.below(6)));
        if under_way.len() >= 2 * AT_ONCE {
            let ended = under_way.join_next().await;
            ended.expect("one is under way").expect("no panic");
        }
    }
    while let Some(ended) = under_way.join_next().await {
        ended.expect("no panic");
    }
    // Whatever was submitted before it is settled when it is answered.
    until_answered(store, append(&mut rng)).await;
    whole_or_not_there(&log(store).await, &sent, seed);

    let mut again = JoinSet::new();
    for append in sent.clone() {
        let store = Arc::clone(store);
        again.spawn(async move { until_answered(&store, append).await });
        if again.len() >= AT_ONCE {
            let ended = again.join_next().await;
            ended.expect("one is under way").expect("no panic");
        }
    }
    let _answers = again.join_all().await;
    let log = log(store).await;
    let expected = 2 * (sent.len() + 1);
    assert_eq!(
        log.len(),
        expected,
        "the store breaks its contract: of {} appends, each sent again, each is stored once (seed {seed})",
        sent.len()
    );
    whole_or_not_there(&log, &sent, seed);
}

async fn give_up_append(store: Arc<dyn Store>, append: Append, polls: u64) {
    give_up(store.append(append), polls).await;
}

async fn give_up_other(store: Arc<dyn Store>, kind: u8, polls: u64) {
    let range = Range::after(Position::START).limit(10);
    match kind {
        0 => give_up(store.read(&EventQuery::all(), range), polls).await,
        1 => give_up(store.read_stream(&stream(1), Revision::NONE, 10), polls).await,
        2 => give_up(store.find(EventId::new(Uuid::now_v7())), polls).await,
        3 => give_up(store.head(), polls).await,
        4 => give_up(store.commit(page()), polls).await,
        5 => give_up(store.list(&view(), &Selection::default()), polls).await,
        _ => give_up(store.save_snapshot(&stream(1), snapshot()), polls).await,
    }
}

/// Polls `call` so many times at most, and drops it.
async fn give_up<T>(call: impl Future<Output = T>, polls: u64) {
    let (mut call, mut left) = (pin!(call), polls);
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        let polled = call.as_mut().poll(cx).map(drop);
        // It is polled again when it has got further, or given up before it has.
        if polled.is_pending() && left == 0 {
            return Poll::Ready(());
        }
        polled
    })
    .await;
}

fn whole_or_not_there(log: &[StoredEvent], sent: &[Append], seed: u64) {
    let mut times: HashMap<EventId, u32> = HashMap::new();
    for event in log {
        *times.entry(event.meta.id).or_default() += 1;
    }
    for append in sent {
        let events = append.streams.iter().flat_map(|listed| &listed.events);
        let times: Vec<_> = events
            .map(|event| times.get(&event.id).copied().unwrap_or_default())
            .collect();
        assert!(
            matches!(times[..], [0, 0] | [1, 1]),
            "the store breaks its contract: the two events of an append are there {times:?} times (seed {seed})"
        );
    }
}

async fn until_answered(store: &Arc<dyn Store>, append: Append) -> Appended {
    loop {
        match store.append(append.clone()).await {
            Ok(appended) => return appended,
            Err(AppendError::Overloaded { .. } | AppendError::Unknown(_)) => {
                tokio::task::yield_now().await;
            }
            Err(error) => {
                panic!("the store breaks its contract: an append that was sent again got: {error}")
            }
        }
    }
}

fn append(rng: &mut Rng) -> Append {
    let one = rng.small(20);
    let other = one + 1 + rng.small(20);
    Append::new()
        .stream(stream(one), Expected::Any, [event()])
        .stream(stream(other), Expected::Any, [event()])
}

fn view() -> Subscription {
    Subscription {
        kind: SubscriptionKind::View,
        name: "cancelled".into(),
        version: 1,
    }
}

/// The first page of a view: the first of many wins, and the others are late.
fn page() -> PageCommit {
    PageCommit {
        subscription: view(),
        expected: None,
        checkpoint: Checkpoint::default(),
        reset: false,
        documents: vec![DocumentChange {
            key: Bytes::from_static(b"1"),
            content: Some((Bytes::from_static(b"1"), Vec::new())),
        }],
        park: Vec::new(),
        unpark: Vec::new(),
    }
}

const fn snapshot() -> Snapshot {
    Snapshot {
        version: 1,
        revision: Revision::new(1),
        state: Bytes::from_static(b"1"),
    }
}

fn stream(number: u8) -> StreamId {
    StreamId::new("Cancelled", number.to_string()).expect("it is short")
}

fn event() -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Sent".into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    }
}
