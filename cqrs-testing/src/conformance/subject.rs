//! The store under test, and the words that the cases are written in.

use std::{collections::HashMap, fmt, ops::Deref, sync::Arc};

use bytes::Bytes;
use cqrs_core::{
    Append, AppendError, Appended, EventId, EventQuery, Expected, Metadata, NewEvent, Position,
    Range, Revision, Store, StoredEvent, StreamId, Tag,
};
use uuid::Uuid;

use crate::make::FreshStore;

/// A fresh store for one case.
#[derive(Clone, Debug)]
pub(crate) struct Subject(FreshStore);

impl Deref for Subject {
    type Target = Arc<dyn Store>;

    fn deref(&self) -> &Self::Target {
        &self.0.store
    }
}

impl Subject {
    pub(crate) const fn new(store: FreshStore) -> Self {
        Self(store)
    }

    pub(crate) async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let store: &dyn Store = &*self.0.store;
        store.append(append).await
    }

    /// Appends what a store must accept.
    pub(crate) async fn stored(&self, append: Append) -> Appended {
        match self.append(append).await {
            Ok(appended) => appended,
            Err(error) => broken("an append against which nothing speaks succeeds", &error),
        }
    }

    /// Appends what a store must refuse.
    pub(crate) async fn refused(&self, append: Append, rule: &str) -> AppendError {
        match self.append(append).await {
            Err(error) => error,
            Ok(appended) => broken(rule, &appended),
        }
    }

    /// Records events of these names in a stream.
    pub(crate) async fn record(&self, stream: &StreamId, names: &[&'static str]) -> Appended {
        let events = names.iter().map(|name| event(name));
        self.stored(to(stream, Expected::Any, events)).await
    }

    /// The whole log.
    pub(crate) async fn log(&self) -> Vec<StoredEvent> {
        self.matching(&EventQuery::all()).await
    }

    /// Every event that matches.
    pub(crate) async fn matching(&self, query: &EventQuery) -> Vec<StoredEvent> {
        self.page(query, Range::after(Position::START).limit(100_000))
            .await
            .0
    }

    /// A page of the log that must be readable, and its head.
    pub(crate) async fn page(
        &self,
        query: &EventQuery,
        range: Range,
    ) -> (Vec<StoredEvent>, Position) {
        match self.read(query, range).await {
            Ok(page) => (page.events, page.head),
            Err(error) => broken("the log can be read", &error),
        }
    }

    /// The events of a stream.
    pub(crate) async fn events_of(&self, stream: &StreamId) -> Vec<StoredEvent> {
        match self.read_stream(stream, Revision::NONE, 100_000).await {
            Ok(page) => page.events,
            Err(error) => broken("a stream can be read", &error),
        }
    }

    /// Where the log ends.
    pub(crate) async fn end(&self) -> Position {
        match self.head().await {
            Ok(head) => head,
            Err(error) => broken("the head can be read", &error),
        }
    }
}

/// Fails the case: the store did not do what the contract says.
#[track_caller]
pub(crate) fn broken(rule: &str, got: &dyn fmt::Debug) -> ! {
    panic!("the store breaks its contract: {rule}\n  got: {got:?}")
}

/// The contract holds when the two are equal.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "reads like `assert_eq!`")]
pub(crate) fn same<T: PartialEq + fmt::Debug>(got: T, expected: T, rule: &str) {
    assert!(
        got == expected,
        "the store breaks its contract: {rule}\n  expected: {expected:?}\n  got:      {got:?}"
    );
}

/// The contract holds when this does.
#[track_caller]
pub(crate) fn holds(holds: bool, rule: &str) {
    assert!(holds, "the store breaks its contract: {rule}");
}

/// The contract holds when the error is of this shape.
macro_rules! refused_with {
    ($error:expr, $shape:pat $(if $guard:expr)?, $rule:expr) => {{
        let error = $error;
        match &error {
            $shape $(if $guard)? => {}
            other => $crate::conformance::subject::broken(
                &format!("{}; expected {}", $rule, stringify!($shape)),
                other,
            ),
        }
    }};
}
pub(crate) use refused_with;

pub(crate) fn stream(id: &str) -> StreamId {
    StreamId::new("Account", id).expect("cases use valid ids")
}

pub(crate) fn tag(text: &str) -> Tag {
    Tag::parse(text).expect("cases use valid tags")
}

/// An event with an id of its own.
pub(crate) fn event(name: &'static str) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::now_v7()),
        name: name.into(),
        version: 1,
        payload: Bytes::from_static(br#"{"amount":1}"#),
        tags: Vec::new(),
        metadata: Metadata::new(),
    }
}

/// An event with tags.
pub(crate) fn tagged(name: &'static str, tags: &[&str]) -> NewEvent {
    NewEvent {
        tags: tags.iter().map(|text| tag(text)).collect(),
        ..event(name)
    }
}

/// An append to one stream.
pub(crate) fn to(
    stream: &StreamId,
    expected: Expected,
    events: impl IntoIterator<Item = NewEvent>,
) -> Append {
    Append::new().stream(stream.clone(), expected, events)
}

/// An append of one event to one stream, wherever that stands.
pub(crate) fn add(stream: &StreamId, event: NewEvent) -> Append {
    to(stream, Expected::Any, [event])
}

pub(crate) const fn exactly(revision: u64) -> Expected {
    Expected::Exactly(Revision::new(revision))
}

pub(crate) fn revisions(numbers: &[u64]) -> Vec<Revision> {
    numbers.iter().copied().map(Revision::new).collect()
}

pub(crate) fn names(events: &[StoredEvent]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event.meta.name.as_str())
        .collect()
}

pub(crate) fn positions(events: &[StoredEvent]) -> Vec<u64> {
    let positions = events.iter().map(|event| event.meta.position.get());
    positions.collect()
}

/// Positions are 1, 2, 3 .., the revisions of each stream too, and time does not go back.
#[track_caller]
pub(crate) fn in_order(log: &[StoredEvent]) {
    let expected: Vec<_> = (1..).take(log.len()).collect();
    same(
        positions(log),
        expected,
        "positions are 1, 2, 3 .. without gaps",
    );
    let mut streams: HashMap<&StreamId, Revision> = HashMap::new();
    for event in log {
        let revision = streams.entry(&event.meta.stream).or_default();
        *revision = revision.plus(1);
        same(
            event.meta.revision,
            *revision,
            "the revisions of a stream are 1, 2, 3 .. in the order of positions",
        );
    }
    holds(
        log.is_sorted_by_key(|event| event.meta.recorded_at),
        "`recorded_at` never decreases with the position",
    );
}
