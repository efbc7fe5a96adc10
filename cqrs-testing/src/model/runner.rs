//! Does the same to a store and to the reference, and compares.

use std::{
    fmt,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use cqrs_core::{
    Append, EventId, EventQuery, Expected, NewEvent, Position, Range, ReadError, Revision,
    StreamId,
    store::{Snapshot, query::Direction},
};
use uuid::Uuid;

use super::{
    documents::Documents,
    reference::{Outcome, Reference},
    step::{AppendStep, Change, ExpectedStep, Place, RangeStep, Step, StreamStep, stream_id},
};
use crate::make::FreshStore;

/// A store, what it should hold, and what was sent so far.
pub(super) struct Runner {
    pub(super) fresh: FreshStore,
    reference: Reference,
    pub(super) documents: Documents,
    sent: Vec<Append>,
}

/// Where store and reference differ.
#[derive(Clone, Debug)]
pub(super) struct Difference(pub(super) String);

/// What a step came to.
pub(super) type Checked = Result<(), Difference>;

impl Runner {
    pub(super) fn new(fresh: FreshStore) -> Self {
        Self {
            fresh,
            reference: Reference::default(),
            documents: Documents::default(),
            sent: Vec::new(),
        }
    }

    /// Does all steps and holds the whole log against the reference.
    ///
    /// The error has the number of the step, counted from 0.
    pub(super) async fn run(mut self, steps: &[Step]) -> Result<(), (usize, Difference)> {
        for (number, step) in steps.iter().enumerate() {
            let checked = self.step(step).await;
            checked.map_err(|difference| (number, difference))?;
        }
        let end = Range::after(Position::START).limit(usize::MAX);
        let checked = self.read(&EventQuery::all(), end).await;
        checked.map_err(|difference| (steps.len().saturating_sub(1), difference))
    }

    async fn step(&mut self, step: &Step) -> Checked {
        match step {
            Step::Append(step) => {
                let append = self.append_of(step);
                self.send(append).await
            }
            Step::Resend { back, change } => match self.resend(*back, *change) {
                Some(append) => self.send(append).await,
                None => Ok(()),
            },
            Step::Erase { stream } => self.erase(&stream_id(*stream)).await,
            Step::Read { query, range } => self.read(&query.query(), self.range(range)).await,
            Step::ReadStream {
                stream,
                after,
                limit,
            } => self.read_stream(&stream_id(*stream), *after, *limit).await,
            Step::Find { back } => self.find(*back).await,
            Step::SaveSnapshot {
                stream,
                version,
                back,
            } => {
                self.save_snapshot(&stream_id(*stream), *version, *back)
                    .await
            }
            Step::Snapshot { stream, version } => {
                let stream = stream_id(*stream);
                let got = self.fresh.store.snapshot(&stream, *version).await;
                let expected = self.reference.snapshot(&stream, *version);
                compare("snapshot", &got.ok(), &Some(expected))
            }
            Step::Commit(step) => self.commit(step).await,
            Step::List(step) => self.list(step).await,
            Step::Documents { view, keys } => self.documents(*view, keys).await,
            Step::Parked { view } => self.parked(*view).await,
            Step::Forget { view } => self.forget(*view).await,
        }
    }

    async fn send(&mut self, append: Append) -> Checked {
        let expected = self.reference.judge(&append, self.fresh.store.limits());
        let got = self.fresh.store.append(append.clone()).await;
        if !expected.is(&got) {
            return differ("append", &got, &expected);
        }
        if let (Outcome::Stored { .. }, Ok(got)) = (expected, got) {
            self.reference.record(&append, got.recorded_at);
            // What was refused is not worth sending again.
            self.sent.push(append);
        }
        let head = self.fresh.store.head().await;
        let expected = Position::new(self.reference.head());
        compare("head", &head.ok(), &Some(expected))
    }

    async fn erase(&mut self, stream: &StreamId) -> Checked {
        let expected = self.reference.left_to_erase(stream);
        let got = self.fresh.store.erase(stream).await;
        compare("erase", &got.ok(), &Some(expected))?;
        if expected > 0 {
            let last = Range::backward().limit(1);
            let last = self.fresh.store.read(&EventQuery::all(), last).await;
            let Some(mark) = last.ok().and_then(|page| page.events.into_iter().next()) else {
                return differ("erase", &"no mark", &"a mark at the head");
            };
            self.reference.erase(stream, &mark);
            self.read_stream(stream, 0, usize::MAX).await?;
        }
        Ok(())
    }

    async fn read(&self, query: &EventQuery, range: Range) -> Checked {
        let got = self.fresh.store.read(query, range).await;
        match (self.reference.read(query, range), got) {
            (None, Err(ReadError::BeyondHead { .. })) => Ok(()),
            (Some(expected), Ok(page)) => {
                compare("read", &page.events, &expected)?;
                compare("head of the page", &page.head.get(), &self.reference.head())
            }
            (expected, got) => differ("read", &got, &expected),
        }
    }

    async fn read_stream(&self, stream: &StreamId, after: u64, limit: usize) -> Checked {
        let after_revision = Revision::new(after);
        let page = self.fresh.store.read_stream(stream, after_revision, limit);
        let Ok(page) = page.await else {
            return differ("read_stream", &"an error", &"a page");
        };
        let expected = self.reference.read_stream(stream, after, limit);
        compare("read_stream", &page.events, &expected)?;
        let stands = (page.revision.get(), page.head.get());
        let expected = (self.reference.revision(stream), self.reference.head());
        compare("revision and head of the page", &stands, &expected)
    }

    async fn find(&self, back: u64) -> Checked {
        let index = usize::try_from(self.reference.head().wrapping_sub(back + 1)).ok();
        let expected = index
            .and_then(|index| self.reference.log.get(index))
            .cloned();
        let absent = EventId::new(Uuid::nil());
        let id = expected.as_ref().map_or(absent, |event| event.meta.id);
        let got = self.fresh.store.find(id).await;
        compare("find", &got.ok(), &Some(expected))
    }

    async fn save_snapshot(&mut self, stream: &StreamId, version: u32, back: u64) -> Checked {
        let revision = self.reference.revision(stream).saturating_sub(back);
        // There is no state of a stream without events.
        if revision == 0 {
            return Ok(());
        }
        let snapshot = Snapshot {
            version,
            revision: Revision::new(revision),
            state: Bytes::from(format!("[{version},{revision}]")),
        };
        self.reference.save_snapshot(stream, snapshot.clone());
        let got = self.fresh.store.save_snapshot(stream, snapshot).await;
        compare("save_snapshot", &got.is_ok(), &true)
    }

    fn append_of(&self, step: &AppendStep) -> Append {
        let mut append = Append::new();
        for listed in &step.streams {
            append = append.stream(
                stream_id(listed.stream),
                self.expected(listed),
                listed.events.iter().map(super::step::EventStep::event),
            );
        }
        match &step.condition {
            Some((query, after)) => append.only_if_none(query.query(), self.position(*after)),
            None => append,
        }
    }

    fn expected(&self, step: &StreamStep) -> Expected {
        let stands = self.reference.revision(&stream_id(step.stream));
        match step.expected {
            ExpectedStep::Any => Expected::Any,
            ExpectedStep::NoStream => Expected::NoStream,
            ExpectedStep::Right => Expected::Exactly(Revision::new(stands)),
            ExpectedStep::Behind => Expected::Exactly(Revision::new(stands.saturating_sub(1))),
            ExpectedStep::Ahead => Expected::Exactly(Revision::new(stands + 1)),
        }
    }

    const fn position(&self, place: Place) -> Position {
        let head = self.reference.head();
        Position::new(match place {
            Place::Start => 0,
            Place::BeforeHead(by) => head.saturating_sub(by),
            Place::Head => head,
            Place::Beyond => head + 1,
        })
    }

    fn range(&self, step: &RangeStep) -> Range {
        Range {
            after: self.position(step.after),
            until: step.until.map(|until| self.position(until)),
            limit: step.limit,
            direction: if step.backward {
                Direction::Backward
            } else {
                Direction::Forward
            },
        }
    }

    fn resend(&self, back: u64, change: Change) -> Option<Append> {
        let index = self
            .sent
            .len()
            .checked_sub(usize::try_from(back).ok()? + 1)?;
        let mut append = self.sent.get(index)?.clone();
        change.apply(&mut append);
        Some(append)
    }
}

impl Change {
    fn apply(self, append: &mut Append) {
        let streams = &mut append.streams;
        let mut events = streams.iter_mut().flat_map(|listed| &mut listed.events);
        match self {
            Self::Nothing => {}
            Self::OtherExpected => {
                for listed in streams {
                    listed.expected = Expected::Exactly(Revision::new(1_000));
                }
            }
            Self::WithoutCondition => append.condition = None,
            Self::OtherPayload => {
                if let Some(event) = events.next() {
                    event.payload = Bytes::from_static(b"\"other\"");
                }
            }
            Self::OtherName => {
                if let Some(event) = events.last() {
                    event.name = "Other".into();
                }
            }
            Self::OtherStream => {
                if let Some(listed) = streams.first_mut() {
                    listed.stream = stream_id(99);
                }
            }
            Self::LastLeftOut => {
                if let Some(listed) = streams.last_mut() {
                    listed.events.pop();
                }
            }
            Self::FirstLeftOut => {
                if let Some(listed) = streams
                    .first_mut()
                    .filter(|listed| !listed.events.is_empty())
                {
                    listed.events.remove(0);
                }
            }
            Self::OneMore => {
                // Its id follows from another's, so that it is the same in each replay.
                let more = events.next().map(|event| NewEvent {
                    id: EventId::new(Uuid::from_u128(!event.id.get().as_u128())),
                    ..event.clone()
                });
                if let Some(listed) = streams.last_mut() {
                    listed.events.extend(more);
                }
            }
            Self::Turned => {
                for listed in streams {
                    listed.events.reverse();
                }
            }
            Self::Twice => {
                let again = events.next().map(|event| event.clone());
                if let Some(listed) = streams.last_mut() {
                    listed.events.extend(again);
                }
            }
        }
    }
}

pub(super) fn compare<T: PartialEq + fmt::Debug>(what: &str, got: &T, expected: &T) -> Checked {
    if got == expected {
        Ok(())
    } else {
        differ(what, got, expected)
    }
}

pub(super) fn differ(what: &str, got: &dyn fmt::Debug, expected: &dyn fmt::Debug) -> Checked {
    Err(Difference(format!(
        "{what}\n     store: {got:?}\n  expected: {expected:?}"
    )))
}

/// A time that a store can keep.
pub(super) fn some_time() -> std::time::SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_700_000_000)
}
