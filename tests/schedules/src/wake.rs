//! The store in memory, those who append to it, and those who follow it by its wake-ups alone.

use std::sync::Arc;

use bytes::Bytes;
use cqrs_core::{
    Append, EventId, EventQuery, EventStore, Expected, Memory, Metadata, NewEvent, Position, Range,
    StreamId,
};
use shuttle::{future, thread};
use uuid::Uuid;

const WRITERS: u8 = 2;
const EACH: u8 = 3;
const ALL: u64 = 6;

/// When a follower forgets that it was woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgets {
    /// Before it reads, as it must.
    BeforeReading,
    /// After it has read: what comes in between is lost.
    AfterReading,
}

/// Every follower sees each event once and in order, and never waits for one that is there.
///
/// # Panics
///
/// When it is not so.
pub fn followers_see_everything(forgets: Forgets) {
    let store = Arc::new(Memory::new());
    let followers: Vec<_> = (1..=2)
        .map(|limit| future::spawn(follow(Arc::clone(&store), limit, forgets)))
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            thread::spawn(move || write(&store, writer))
        })
        .collect();
    for writer in writers {
        writer.join().expect("no panic");
    }
    for follower in followers {
        future::block_on(follower).expect("no panic");
    }
}

fn write(store: &Memory, writer: u8) {
    for number in 0..EACH {
        let store: &dyn EventStore = store;
        let appended = store.append(append(writer, number));
        future::block_on(appended).expect("nothing speaks against it");
        thread::yield_now();
    }
}

async fn follow(store: Arc<Memory>, limit: usize, forgets: Forgets) {
    let (mut woken, mut at) = (store.watch(), Position::START);
    while at.get() < ALL {
        if forgets == Forgets::BeforeReading {
            woken.mark_unchanged();
        }
        future::yield_now().await;
        let range = Range::after(at).limit(limit);
        let page = store.read(&EventQuery::all(), range).await;
        let events = page.expect("the log can be read").events;
        future::yield_now().await;
        if forgets == Forgets::AfterReading {
            woken.mark_unchanged();
        }
        for event in &events {
            assert_eq!(event.meta.position, at.plus(1), "each once and in order");
            at = event.meta.position;
        }
        if events.is_empty() {
            woken.changed().await.expect("the store is there");
        }
    }
}

fn append(writer: u8, number: u8) -> Append {
    let event = NewEvent {
        id: EventId::new(Uuid::from_u128(
            u128::from(writer) << 8 | u128::from(number),
        )),
        name: "Written".into(),
        version: 1,
        payload: Bytes::from_static(b"1"),
        tags: Vec::new(),
        metadata: Metadata::new(),
    };
    let stream = StreamId::new("Schedule", writer.to_string()).expect("it is short");
    Append::new().stream(stream, Expected::Any, [event])
}
