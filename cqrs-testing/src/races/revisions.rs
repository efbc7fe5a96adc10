//! Tasks that append to one stream at the revision they know.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, EventId, Expected, Metadata, NewEvent, Revision, Store, StreamId,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::MakeStore;

/// Tests that of tasks that expect one revision of a stream one wins, each revision.
///
/// `tasks` tasks append to one stream until each has won `wins` times; who loses goes on from the revision that the
/// conflict says. Run it on a runtime with several threads.
///
/// # Panics
///
/// When two tasks win one revision, a conflict says a wrong revision, or the stream is not what the winners were told.
pub async fn revision_race<Kind>(make_store: &impl MakeStore<Kind>, tasks: usize, wins: usize) {
    let fresh = make_store.make().await;
    let stream = StreamId::new("Race", "one").expect("it is short");
    let mut racers = JoinSet::new();
    for _ in 0..tasks {
        racers.spawn(race(Arc::clone(&fresh.store), stream.clone(), wins));
    }
    let mut winners: BTreeMap<Revision, EventId> = BTreeMap::new();
    for (revision, id) in racers.join_all().await.into_iter().flatten() {
        let other = winners.insert(revision, id);
        assert!(
            other.is_none(),
            "the store breaks its contract: two appends were told that they won revision {revision}"
        );
    }
    let page = fresh.store.read_stream(&stream, Revision::NONE, usize::MAX);
    let page = page.await.expect("a stream can be read");
    let stored = page.events.iter();
    let stored = stored.map(|event| (event.meta.revision, event.meta.id));
    assert!(
        stored.eq(winners),
        "the store breaks its contract: the stream has other events than those that won"
    );
}

async fn race(store: Arc<dyn Store>, stream: StreamId, wins: usize) -> Vec<(Revision, EventId)> {
    let (mut known, mut won) = (Revision::NONE, Vec::new());
    while won.len() < wins {
        let event = NewEvent {
            id: EventId::new(Uuid::now_v7()),
            name: "Won".into(),
            version: 1,
            payload: Bytes::from_static(b"1"),
            tags: Vec::new(),
            metadata: Metadata::new(),
        };
        let id = event.id;
        let append = Append::new().stream(stream.clone(), Expected::Exactly(known), [event]);
        match store.append(append).await {
            Ok(appended) => {
                assert_eq!(
                    appended.revisions,
                    [known.plus(1)],
                    "the store breaks its contract: who wins gets the revision behind the expected one"
                );
                known = known.plus(1);
                won.push((known, id));
            }
            Err(AppendError::Conflict { actual, .. }) if actual > known => known = actual,
            Err(AppendError::Overloaded { .. }) => tokio::task::yield_now().await,
            Err(error) => {
                panic!("the store breaks its contract: the loser at revision {known} got: {error}")
            }
        }
    }
    won
}
