//! Appends that are sent several times at once.

use std::sync::Arc;

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventId, Expected, Metadata, NewEvent, Position, Revision,
    Store, StreamId,
};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{MakeStore, model::rng::Rng};

/// The streams that the appends go to.
const STREAMS: u8 = 20;

/// Tests that an append that is sent several times at once is stored once and answered alike.
///
/// `appends` appends, each sent one to four times by tasks of their own, with every kind of expected revision. Run it on
/// a runtime with several threads.
///
/// # Panics
///
/// When an append is stored twice, or two answers differ.
pub async fn retry_race<Kind>(make_store: &impl MakeStore<Kind>, appends: usize, seed: u64) {
    let fresh = make_store.make().await;
    let mut rng = Rng::new(seed);
    let mut revisions = vec![Revision::NONE; STREAMS.into()];
    let mut events = 0;
    for _ in 0..appends {
        let stream = rng.small(STREAMS);
        let stands = &mut revisions[usize::from(stream)];
        let count = 1 + rng.below(3);
        let expected = match rng.below(2) {
            0 => Expected::Any,
            _ if *stands == Revision::NONE => Expected::NoStream,
            _ => Expected::Exactly(*stands),
        };
        let append = append(stream, expected, count);
        *stands = stands.plus(count);
        events += count;
        send(&fresh.store, &append, 1 + rng.below(4)).await;
    }
    let head = fresh.store.head().await.expect("the head can be read");
    assert_eq!(
        head,
        Position::new(events),
        "the store breaks its contract: each append is stored once"
    );
}

fn append(stream: u8, expected: Expected, count: u64) -> Append {
    let stream = StreamId::new("Retry", stream.to_string()).expect("it is short");
    let events = (0..count).map(|number| NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: "Sent".into(),
        version: 1,
        payload: Bytes::from(number.to_string()),
        tags: Vec::new(),
        metadata: Metadata::new(),
    });
    Append::new().stream(stream, expected, events)
}

async fn send(store: &Arc<dyn Store>, append: &Append, times: u64) {
    let mut senders = JoinSet::new();
    for _ in 0..times {
        senders.spawn(until_answered(Arc::clone(store), append.clone()));
    }
    let answers = senders.join_all().await;
    let first = answers.iter().filter(|answer| !answer.duplicate).count();
    assert_eq!(
        first, 1,
        "the store breaks its contract: of {times} times the same, one is the first"
    );
    for answer in &answers {
        assert!(
            (answer.position, &answer.revisions) == (answers[0].position, &answers[0].revisions),
            "the store breaks its contract: one append was answered {answer:?} and {:?}",
            answers[0]
        );
    }
}

async fn until_answered(store: Arc<dyn Store>, append: Append) -> Appended {
    loop {
        match store.append(append.clone()).await {
            Ok(appended) => return appended,
            Err(AppendError::Overloaded { .. }) => tokio::task::yield_now().await,
            Err(error) => {
                panic!("the store breaks its contract: an append that was sent again got: {error}")
            }
        }
    }
}
