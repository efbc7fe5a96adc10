//! Whether an append may happen.

use super::events::{Events, Stream};
use crate::{
    NewEvent, Position, Revision, StoredEvent, StreamId,
    store::{
        Limits,
        append::{Append, AppendError, Appended},
    },
};

/// What is to be done with an append.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Record it.
    New,
    /// It was recorded before: answer this.
    Duplicate(Appended),
}

impl Events {
    /// Holds an append against the limits and what is stored, in the order of the contract.
    pub(super) fn judge(&self, append: &Append, limits: Limits) -> Result<Verdict, AppendError> {
        append.check(limits)?;
        if let Some(appended) = self.duplicate(append)? {
            return Ok(Verdict::Duplicate(appended));
        }
        self.check_expected(append)?;
        self.check_condition(append)?;
        Ok(Verdict::New)
    }

    fn duplicate(&self, append: &Append) -> Result<Option<Appended>, AppendError> {
        let known = new_events(append).find(|(_, event)| self.position_of(event.id).is_some());
        let Some((_, known)) = known else {
            return Ok(None);
        };
        let mut expected = new_events(append)
            .next()
            .and_then(|(_, first)| self.position_of(first.id))
            .ok_or(AppendError::EventIdReused { id: known.id })?;
        let mut last = None;
        for (stream, event) in new_events(append) {
            match self.log.get(expected) {
                Some(stored) if is_same(stream, event, stored) => last = Some(stored),
                _ => {
                    let id = self.position_of(event.id).map_or(known.id, |_| event.id);
                    return Err(AppendError::EventIdReused { id });
                }
            }
            expected = expected.plus(1);
        }
        Ok(last.map(|last| Appended {
            position: last.meta.position,
            revisions: self.revisions_at(append, last.meta.position),
            recorded_at: last.meta.recorded_at,
            duplicate: true,
        }))
    }

    /// Where the listed streams stood right after the append was recorded, which ended at `position`.
    fn revisions_at(&self, append: &Append, position: Position) -> Vec<Revision> {
        let revision = |stream: &Stream| stream.revision_at(position);
        let streams = append.streams.iter();
        streams
            .map(|listed| self.streams.get(&listed.stream))
            .map(|stream| stream.map_or(Revision::NONE, revision))
            .collect()
    }

    /// Where the listed streams stand.
    pub(super) fn revisions(&self, append: &Append) -> Vec<Revision> {
        let streams = append.streams.iter();
        streams
            .map(|listed| self.revision(&listed.stream))
            .collect()
    }

    fn check_expected(&self, append: &Append) -> Result<(), AppendError> {
        for listed in &append.streams {
            let actual = self.revision(&listed.stream);
            if !listed.expected.allows(actual) {
                return Err(AppendError::Conflict {
                    stream: listed.stream.clone(),
                    expected: listed.expected,
                    actual,
                });
            }
        }
        Ok(())
    }

    fn check_condition(&self, append: &Append) -> Result<(), AppendError> {
        let Some(condition) = &append.condition else {
            return Ok(());
        };
        let head = self.head();
        if condition.after > head {
            return Err(AppendError::BeyondHead {
                after: condition.after,
                head,
            });
        }
        match self.first_match(&condition.query, condition.after) {
            Some(position) => Err(AppendError::ConditionFailed { position }),
            None => Ok(()),
        }
    }
}

fn new_events(append: &Append) -> impl Iterator<Item = (&StreamId, &NewEvent)> {
    append.streams.iter().flat_map(|listed| {
        listed
            .events
            .iter()
            .map(move |event| (&listed.stream, event))
    })
}

fn is_same(stream: &StreamId, new: &NewEvent, stored: &StoredEvent) -> bool {
    new.id == stored.meta.id
        && *stream == stored.meta.stream
        && new.name == stored.meta.name
        && new.version == stored.meta.version
        && (new.payload == stored.payload || stored.meta.erased_at.is_some())
}
