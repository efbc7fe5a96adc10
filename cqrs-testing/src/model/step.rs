//! What the model test does to a store: plain data, chosen without a look at what is stored, so that any steps can be
//! left out of a sequence and the others still mean something.

use bytes::Bytes;
use cqrs_core::{EventId, EventQuery, Metadata, NewEvent, StreamId, Tag};
use uuid::Uuid;

use super::rng::Rng;

/// One thing to do.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Append(AppendStep),
    /// Sends an earlier append again, or something like it.
    Resend {
        back: u64,
        change: Change,
    },
    Erase {
        stream: u8,
    },
    Read {
        query: QueryStep,
        range: RangeStep,
    },
    ReadStream {
        stream: u8,
        after: u64,
        limit: usize,
    },
    Find {
        back: u64,
    },
    SaveSnapshot {
        stream: u8,
        version: u32,
        back: u64,
    },
    Snapshot {
        stream: u8,
        version: u32,
    },
    Commit(CommitStep),
    List(ListStep),
    Documents {
        view: u8,
        keys: Vec<u8>,
    },
    Parked {
        view: u8,
    },
    Forget {
        view: u8,
    },
}

#[derive(Clone, Debug)]
pub(super) struct AppendStep {
    pub(super) streams: Vec<StreamStep>,
    pub(super) condition: Option<(QueryStep, Place)>,
}

#[derive(Clone, Debug)]
pub(super) struct StreamStep {
    pub(super) stream: u8,
    pub(super) expected: ExpectedStep,
    pub(super) events: Vec<EventStep>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum ExpectedStep {
    Any,
    NoStream,
    /// Where the stream stands.
    Right,
    Behind,
    Ahead,
}

#[derive(Clone, Debug)]
pub(super) struct EventStep {
    pub(super) id: u64,
    pub(super) name: u8,
    pub(super) tags: Vec<u8>,
}

/// A position: so many before the head, at it, or beyond.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Start,
    BeforeHead(u64),
    Head,
    Beyond,
}

/// How an append that is sent again differs from the first time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Nothing,
    OtherExpected,
    WithoutCondition,
    OtherPayload,
    OtherName,
    OtherStream,
    LastLeftOut,
    FirstLeftOut,
    OneMore,
    Turned,
    Twice,
}

/// Names and tags, item by item.
#[derive(Clone, Debug)]
pub(super) struct QueryStep(pub(super) Vec<(Vec<u8>, Vec<u8>)>);

#[derive(Clone, Debug)]
pub(super) struct RangeStep {
    pub(super) after: Place,
    pub(super) until: Option<Place>,
    pub(super) limit: usize,
    pub(super) backward: bool,
}

#[derive(Clone, Debug)]
pub(super) struct CommitStep {
    pub(super) view: u8,
    pub(super) late: bool,
    pub(super) reset: bool,
    /// By key; without content: deleted.
    pub(super) documents: Vec<(u8, Option<Content>)>,
    pub(super) park: Vec<(u8, u8)>,
    pub(super) unpark: Vec<(u8, u8)>,
}

/// Content, and the value of an index that not every document has.
type Content = (u8, Option<u8>);

#[derive(Clone, Debug)]
pub(super) struct ListStep {
    pub(super) view: u8,
    pub(super) by: Option<(Option<u8>, Option<u8>)>,
    pub(super) after: Option<(u8, u8)>,
    pub(super) skip: u64,
    pub(super) take: Option<u64>,
}

/// The steps of a seed.
pub(super) fn steps(seed: u64, count: usize) -> Vec<Step> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| step(&mut rng)).collect()
}

fn step(rng: &mut Rng) -> Step {
    match rng.below(100) {
        0..40 => Step::Append(append(rng)),
        40..52 => Step::Resend {
            back: rng.below(6),
            change: change(rng),
        },
        52..54 => Step::Erase {
            stream: stream(rng),
        },
        54..66 => Step::Read {
            query: query(rng),
            range: range(rng),
        },
        66..72 => Step::ReadStream {
            stream: stream(rng),
            after: rng.below(8),
            limit: limit(rng),
        },
        72..74 => Step::Find { back: rng.below(8) },
        74..77 => Step::SaveSnapshot {
            stream: stream(rng),
            version: version(rng),
            back: rng.below(4),
        },
        77..80 => Step::Snapshot {
            stream: stream(rng),
            version: version(rng),
        },
        80..88 => Step::Commit(commit(rng)),
        88..94 => Step::List(list(rng)),
        94..96 => Step::Documents {
            view: view(rng),
            keys: rng.some(6, key),
        },
        96..99 => Step::Parked { view: view(rng) },
        _ => Step::Forget { view: view(rng) },
    }
}

fn append(rng: &mut Rng) -> AppendStep {
    let mut streams = rng.some(2, stream_step);
    streams.push(stream_step(rng));
    AppendStep {
        streams,
        condition: rng.maybe(3, |rng| (query(rng), place(rng))),
    }
}

fn stream_step(rng: &mut Rng) -> StreamStep {
    let expected = match rng.below(10) {
        0..4 => ExpectedStep::Right,
        4..7 => ExpectedStep::Any,
        7 => ExpectedStep::NoStream,
        8 => ExpectedStep::Behind,
        _ => ExpectedStep::Ahead,
    };
    StreamStep {
        stream: stream(rng),
        expected,
        events: rng.some(3, event),
    }
}

fn event(rng: &mut Rng) -> EventStep {
    EventStep {
        id: rng.next(),
        name: rng.small(4),
        tags: rng.some(3, |rng| rng.small(5)),
    }
}

const fn change(rng: &mut Rng) -> Change {
    match rng.below(14) {
        0..4 => Change::Nothing,
        4 => Change::OtherExpected,
        5 => Change::WithoutCondition,
        6 => Change::OtherPayload,
        7 => Change::OtherName,
        8 => Change::OtherStream,
        9 => Change::LastLeftOut,
        10 => Change::FirstLeftOut,
        11 => Change::OneMore,
        12 => Change::Turned,
        _ => Change::Twice,
    }
}

fn query(rng: &mut Rng) -> QueryStep {
    QueryStep(rng.some(2, |rng| {
        let names = rng.some(2, |rng| rng.small(5));
        let tags = rng.some(2, |rng| rng.small(5));
        (names, tags)
    }))
}

fn range(rng: &mut Rng) -> RangeStep {
    RangeStep {
        after: place(rng),
        until: rng.maybe(3, place),
        limit: limit(rng),
        backward: rng.once_in(2),
    }
}

const fn place(rng: &mut Rng) -> Place {
    match rng.below(12) {
        0..3 => Place::Start,
        3..8 => Place::BeforeHead(rng.below(10)),
        8..11 => Place::Head,
        _ => Place::Beyond,
    }
}

fn commit(rng: &mut Rng) -> CommitStep {
    let mut documents = rng.some(4, |rng| {
        let content = (!rng.once_in(4)).then(|| (rng.small(200), rng.maybe(2, |rng| rng.small(4))));
        (key(rng), content)
    });
    // Each key at most once.
    documents.sort_by_key(|(key, _)| *key);
    documents.dedup_by_key(|(key, _)| *key);
    CommitStep {
        view: view(rng),
        late: rng.once_in(5),
        reset: rng.once_in(12),
        documents,
        park: rng.some(2, |rng| (key(rng), rng.small(4))),
        unpark: rng.some(2, |rng| (key(rng), rng.small(4))),
    }
}

fn list(rng: &mut Rng) -> ListStep {
    ListStep {
        view: view(rng),
        by: rng.maybe(2, |rng| {
            let from = rng.maybe(2, |rng| rng.small(4));
            (from, rng.maybe(2, |rng| rng.small(4)))
        }),
        after: rng.maybe(3, |rng| (rng.small(4), key(rng))),
        skip: rng.maybe(3, |rng| rng.below(4)).unwrap_or(0),
        take: rng.maybe(2, |rng| rng.below(5)),
    }
}

fn limit(rng: &mut Rng) -> usize {
    if rng.once_in(3) {
        1_000
    } else {
        rng.small(6).into()
    }
}

const fn stream(rng: &mut Rng) -> u8 {
    rng.small(4)
}

const fn view(rng: &mut Rng) -> u8 {
    rng.small(3)
}

const fn key(rng: &mut Rng) -> u8 {
    rng.small(8)
}

fn version(rng: &mut Rng) -> u32 {
    1 + u32::from(rng.small(2))
}

/// The stream of a number.
pub(super) fn stream_id(number: u8) -> StreamId {
    StreamId::new("Account", format!("s{number}")).expect("it is short")
}

pub(super) fn tag(number: u8) -> Tag {
    Tag::new("tag", number).expect("it is short")
}

impl EventStep {
    pub(super) fn event(&self) -> NewEvent {
        NewEvent {
            id: EventId::new(Uuid::from_u128(self.id.into())),
            name: format!("Name{}", self.name).into(),
            version: u32::from(self.name) + 1,
            payload: Bytes::from(self.id.to_string()),
            tags: self.tags.iter().map(|number| tag(*number)).collect(),
            metadata: Metadata::new().actor(format!("actor{}", self.name)),
        }
    }
}

impl QueryStep {
    pub(super) fn query(&self) -> EventQuery {
        let mut items = self.0.iter().map(|(names, tags)| {
            let names = names.iter().map(|name| format!("Name{name}"));
            let item = EventQuery::all().names(names);
            tags.iter()
                .fold(item, |item, number| item.tag(tag(*number)))
        });
        let first = items.next().unwrap_or_else(EventQuery::all);
        items.fold(first, EventQuery::or)
    }
}
