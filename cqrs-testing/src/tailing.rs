//! Readers that follow the log while many writers append to it.

mod reader;
mod writer;

use std::{fmt, sync::Arc, time::Duration};

use cqrs_core::{EventId, EventQuery, Position, Range, Store, StoredEvent};
use tokio::{
    sync::watch,
    task::{JoinError, JoinSet},
    time::timeout,
};

use self::{
    reader::{Follower, Seen},
    writer::Acknowledged,
};
use crate::MakeStore;

/// How many write and read, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tailing {
    /// Tasks that append. Default: 16.
    pub writers: usize,
    /// Appends of each writer, of one to three events. Default: 500.
    pub appends: usize,
    /// Readers that follow the log from its beginning, each with pages of another size. Default: 4.
    pub tailers: usize,
    /// Readers that read the whole log again and again. Default: 2.
    pub catching_up: usize,
    /// Readers that follow a query, and pass over what does not match by the head of their pages. Default: 1.
    pub filtered: usize,
    /// How long it may take. Default: 60 seconds.
    pub patience: Duration,
}

impl Default for Tailing {
    fn default() -> Self {
        Self {
            writers: 16,
            appends: 500,
            tailers: 4,
            catching_up: 2,
            filtered: 1,
            patience: Duration::from_secs(60),
        }
    }
}

/// What a reader or writer met that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Violation {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<JoinError> for Violation {
    fn from(error: JoinError) -> Self {
        Self::new(format!("a reader or writer panicked: {error}"))
    }
}

/// Tests that readers see each event once and in order while many write, and that what was acknowledged is there.
///
/// Run it on a runtime with several threads. In detail:
/// - an acknowledged event is stored, at the position that was answered, and every event was asked for;
/// - positions are 1, 2, 3 .. for every reader at any moment, and the revisions of each stream too;
/// - every reader sees each event once: those that follow the log, those that read it again and again, and those that
///   follow a query and go on behind the head of a page;
/// - what a reader has seen does not change.
///
/// # Panics
///
/// With the first violation that was met.
pub async fn tailing_reader<Kind>(make_store: &impl MakeStore<Kind>, tailing: Tailing) {
    if let Err(violation) = find_violation(make_store, tailing).await {
        panic!("the store breaks its contract: {violation}");
    }
}

/// As [`tailing_reader`], but answers what was found.
///
/// # Errors
///
/// The first violation that was met.
pub async fn find_violation<Kind>(
    make_store: &impl MakeStore<Kind>,
    tailing: Tailing,
) -> Result<(), Violation> {
    let fresh = make_store.make().await;
    let store = Arc::clone(&fresh.store);
    let found = timeout(tailing.patience, run(store, tailing)).await;
    found.unwrap_or_else(|_elapsed| {
        Err(Violation::new(format!(
            "after {:?} not every reader had seen every event",
            tailing.patience
        )))
    })
}

async fn run(store: Arc<dyn Store>, tailing: Tailing) -> Result<(), Violation> {
    let (sender, end) = watch::channel(None);
    let mut readers = JoinSet::new();
    for number in 0..tailing.tailers {
        let follower = Follower::new(&store, EventQuery::all(), 7 + 50 * number);
        readers.spawn(follower.follow(end.clone()));
    }
    for number in 0..tailing.catching_up {
        let store = Arc::clone(&store);
        readers.spawn(reader::catch_up(store, 20 + 200 * number, end.clone()));
    }
    for number in 0..tailing.filtered {
        let follower = Follower::new(&store, filter(), 3 + 20 * number);
        readers.spawn(follower.follow(end.clone()));
    }
    let mut writers = JoinSet::new();
    for number in 0..tailing.writers {
        writers.spawn(writer::write(Arc::clone(&store), number, tailing.appends));
    }
    let mut acknowledged = Vec::new();
    let mut seen = Vec::new();
    // Whoever fails first is heard at once, also when others would wait for ever because of it.
    loop {
        tokio::select! {
            Some(written) = writers.join_next() => {
                acknowledged.extend(written??);
                if writers.is_empty() {
                    sender.send_replace(acknowledged.iter().map(|event: &Acknowledged| event.position).max());
                }
            }
            Some(read) = readers.join_next() => seen.push(read??),
            else => break,
        }
    }
    let log = whole_log(&store).await?;
    check_acknowledged(&log, acknowledged)?;
    seen.iter().try_for_each(|seen| check_seen(&log, seen))
}

/// What filtered readers follow: some of the events.
fn filter() -> EventQuery {
    EventQuery::all().names([writer::FOLLOWED])
}

async fn whole_log(store: &Arc<dyn Store>) -> Result<Vec<StoredEvent>, Violation> {
    let page = store
        .read(
            &EventQuery::all(),
            Range::after(Position::START).limit(usize::MAX),
        )
        .await
        .map_err(|error| Violation::new(format!("the log cannot be read: {error}")))?;
    Ok(page.events)
}

/// Everything that was acknowledged is stored where it was said to be, and nothing else is.
fn check_acknowledged(
    log: &[StoredEvent],
    acknowledged: Vec<Acknowledged>,
) -> Result<(), Violation> {
    let count = acknowledged.len();
    for event in acknowledged {
        let index = usize::try_from(event.position.previous().get()).unwrap_or(usize::MAX);
        let stored = log.get(index).map(|stored| stored.meta.id);
        if stored != Some(event.id) {
            return Err(Violation::new(format!(
                "event {} was acknowledged at position {}, where {} is stored",
                event.id,
                event.position,
                stored.map_or_else(|| "nothing".to_owned(), |id| format!("event {id}"))
            )));
        }
    }
    if count != log.len() {
        return Err(Violation::new(format!(
            "{count} events were acknowledged and {} are stored",
            log.len()
        )));
    }
    Ok(())
}

/// A reader saw what is stored and matches its query, each event once, in order.
fn check_seen(log: &[StoredEvent], seen: &Seen) -> Result<(), Violation> {
    let matching = log
        .iter()
        .filter(|event| seen.query.matches(&event.meta.name, &event.meta.tags));
    let stored: Vec<(Position, EventId)> = matching
        .map(|event| (event.meta.position, event.meta.id))
        .collect();
    let differ = stored.iter().zip(&seen.events).position(|(a, b)| a != b);
    let differ = differ.or_else(|| {
        (stored.len() != seen.events.len()).then(|| stored.len().min(seen.events.len()))
    });
    match differ {
        None => Ok(()),
        Some(index) => Err(Violation::new(format!(
            "a reader saw {:?} as event number {}, stored is {:?}",
            seen.events.get(index),
            index + 1,
            stored.get(index)
        ))),
    }
}
