//! Appending: judged in the order of the contract, then recorded.

use cqrs_core::{
    Append, AppendError, Appended, StoreError,
    store::{
        append::{Condition, Reply},
        query::Direction,
    },
};

use super::{Failure, Session, Work, duplicate};
use crate::{
    error::store_error,
    numbers::{position, revision, time, to_sql},
    query::{self, Span},
};

/// An append that fits the limits.
pub(crate) struct AppendWork {
    append: Append,
    reply: Reply,
    answer: Option<Answer>,
}

pub(super) type Answer = Result<Appended, AppendError>;

impl AppendWork {
    pub(crate) const fn new(append: Append, reply: Reply) -> Self {
        Self {
            append,
            reply,
            answer: None,
        }
    }
}

impl Work for AppendWork {
    fn perform(&mut self, session: &mut Session<'_>) -> Result<(), StoreError> {
        self.answer = Some(append(session, &self.append)?);
        Ok(())
    }

    fn answer(self: Box<Self>) {
        if let Some(answer) = self.answer {
            self.reply.give_back(self.append, answer);
        }
    }

    fn fail(self: Box<Self>, failure: Failure) {
        self.reply.send(Err(failure.into()));
    }

    fn refuse(self: Box<Self>, refusal: AppendError) {
        self.reply.send(Err(refusal));
    }
}

impl From<Failure> for AppendError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotDone(error) => Self::Store(error),
            Failure::Unknown(error) => Self::Unknown(error),
        }
    }
}

/// The outer error is the store's, and takes the transaction back; the inner one is the append's.
fn append(session: &mut Session<'_>, append: &Append) -> Result<Answer, StoreError> {
    if let Some(answer) = duplicate::find(session, append)? {
        return Ok(answer);
    }
    for listed in &append.streams {
        let stream = session.stream(&listed.stream).map_err(store_error)?;
        let actual = revision(stream.revision);
        if !listed.expected.allows(actual) {
            return Ok(Err(AppendError::Conflict {
                stream: listed.stream.clone(),
                expected: listed.expected,
                actual,
            }));
        }
    }
    let condition = append.condition.as_ref();
    if let Some(refusal) = condition.map_or(Ok(None), |condition| check(session, condition))? {
        return Ok(Err(refusal));
    }
    record(session, append).map(Ok).map_err(store_error)
}

/// Why the condition does not hold.
fn check(session: &Session<'_>, condition: &Condition) -> Result<Option<AppendError>, StoreError> {
    let head = position(session.head());
    if condition.after > head {
        return Ok(Some(AppendError::BeyondHead {
            after: condition.after,
            head,
        }));
    }
    let found = if condition.query.matches_all() {
        (condition.after < head).then_some(head)
    } else {
        let span = Span {
            after: to_sql(condition.after.get()),
            until: session.head(),
            limit: 1,
            direction: Direction::Forward,
        };
        query::positions(session.connection, &condition.query, span)
            .map_err(store_error)?
            .first()
            .map(|found| position(*found))
    };
    Ok(found.map(|position| AppendError::ConditionFailed { position }))
}

fn record(session: &mut Session<'_>, append: &Append) -> rusqlite::Result<Appended> {
    // Without events nothing is recorded, and the time of the log stays where it is.
    let recorded_at = if append.event_count() == 0 {
        session.now()
    } else {
        session.tick()
    };
    let mut revisions = Vec::with_capacity(append.streams.len());
    for listed in &append.streams {
        for event in &listed.events {
            session.record(&listed.stream, event, recorded_at)?;
        }
        revisions.push(revision(session.stream(&listed.stream)?.revision));
    }
    Ok(Appended {
        position: position(session.head()),
        revisions,
        recorded_at: time(recorded_at),
        duplicate: false,
    })
}
