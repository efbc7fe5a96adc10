//! Where streams stand, as far as the committer knows from what it has written itself.

use std::collections::HashMap;

use cqrs_core::{
    Append, AppendError, Appended, Expected, Position, Revision, StreamId,
    store::append::StreamAppend,
};

use crate::numbers::to_sql;

/// The revisions of the streams that were written last.
///
/// They are exact as long as nobody else writes: then the server need not look where each stream stands, which it would do
/// for a tenth of the time that an append takes. Otherwise they tell where to begin to look.
#[derive(Debug, Default)]
pub(super) struct Hints {
    streams: HashMap<StreamId, Stand>,
    /// Where the last event is that the committer has written on this connection.
    end: Position,
    /// How often somebody else was found to have written between two batches.
    disturbed: u64,
}

#[derive(Debug)]
struct Stand {
    revision: Revision,
    /// [`Hints::disturbed`] when this was learnt.
    disturbed: u64,
}

/// How many streams are known at most; then it begins again.
const KNOWN: usize = 1 << 16;

impl Hints {
    /// A revision that the stream is likely to have. It is negative for the one that it has if the last event `seen` is
    /// still the last one there is, which the server finds out. `None`: the server is to look.
    pub(super) fn of(&self, listed: &StreamAppend, seen: Option<Position>) -> i64 {
        let known = self.streams.get(&listed.stream);
        let exact = known
            .filter(|stand| stand.disturbed == self.disturbed && Some(self.end) == seen)
            .map(|stand| stand.revision);
        match listed.expected {
            Expected::Exactly(revision) if exact == Some(revision) => -to_sql(revision.get()),
            Expected::Exactly(revision) => to_sql(revision.get()),
            Expected::NoStream => 0,
            Expected::Any => match exact {
                Some(revision) => -to_sql(revision.get()),
                None => known.map_or(0, |stand| to_sql(stand.revision.get())),
            },
        }
    }

    /// Remembers where a batch has left its streams. The log stood at `before`, and `last` is where its last event came.
    pub(super) fn learn<'a>(
        &mut self,
        before: Position,
        last: Option<Position>,
        answers: impl Iterator<Item = (&'a Append, &'a Option<Result<Appended, AppendError>>)>,
    ) {
        if before != self.end {
            self.disturbed += 1;
        }
        // Behind an event of its own only: a position alone would be the same in another history.
        if let Some(last) = last {
            self.end = last;
        }
        for (append, answer) in answers {
            let Some(Ok(appended)) = answer else {
                continue;
            };
            for (listed, revision) in append.streams.iter().zip(&appended.revisions) {
                self.put(&listed.stream, *revision);
            }
        }
    }

    fn put(&mut self, stream: &StreamId, revision: Revision) {
        let stand = Stand {
            revision,
            disturbed: self.disturbed,
        };
        if let Some(known) = self.streams.get_mut(stream) {
            *known = stand;
            return;
        }
        if self.streams.len() >= KNOWN {
            self.streams.clear();
        }
        self.streams.insert(stream.clone(), stand);
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn stream(id: &str) -> StreamId {
        StreamId::new("Account", id).expect("an id")
    }

    /// One batch of one append: `id` stands at `revision` now.
    fn learn(hints: &mut Hints, before: u64, behind: u64, id: &str, revision: u64) {
        let append = Append::new().stream(stream(id), Expected::Any, []);
        let appended = Appended {
            position: Position::new(behind),
            revisions: vec![Revision::new(revision)],
            recorded_at: SystemTime::UNIX_EPOCH,
            duplicate: false,
        };
        let (before, last) = (Position::new(before), Some(Position::new(behind)));
        hints.learn(before, last, [(&append, &Some(Ok(appended)))].into_iter());
    }

    fn hint(hints: &Hints, id: &str, expected: Expected, seen: u64) -> i64 {
        let append = Append::new().stream(stream(id), expected, []);
        hints.of(&append.streams[0], Some(Position::new(seen)))
    }

    fn exactly(revision: u64) -> Expected {
        Expected::Exactly(Revision::new(revision))
    }

    #[test]
    fn what_was_written_last_is_exact_while_nobody_else_writes() {
        let mut hints = Hints::default();
        learn(&mut hints, 0, 2, "a", 2);
        learn(&mut hints, 2, 3, "b", 1);

        assert_eq!(hint(&hints, "a", exactly(2), 3), -2);
        assert_eq!(hint(&hints, "a", Expected::Any, 3), -2);
        assert_eq!(hint(&hints, "b", exactly(1), 3), -1);
        let append = Append::new().stream(stream("a"), exactly(2), []);
        assert_eq!(hints.of(&append.streams[0], None), 2);
        // Somebody who expects something else is to be told what is there.
        assert_eq!(hint(&hints, "a", exactly(7), 3), 7);
        assert_eq!(hint(&hints, "a", Expected::NoStream, 3), 0);
        assert_eq!(hint(&hints, "c", Expected::Any, 3), 0);
    }

    #[test]
    fn what_somebody_else_wrote_makes_what_was_known_before_only_likely() {
        let mut hints = Hints::default();
        learn(&mut hints, 0, 2, "a", 2);

        // This node has seen an event that it has not written.
        assert_eq!(hint(&hints, "a", exactly(2), 3), 2);
        assert_eq!(hint(&hints, "a", Expected::Any, 3), 2);

        // There was one before this batch, which may have been of `a`.
        learn(&mut hints, 3, 4, "b", 1);
        assert_eq!(hint(&hints, "a", exactly(2), 4), 2);
        assert_eq!(hint(&hints, "b", exactly(1), 4), -1);

        learn(&mut hints, 4, 5, "a", 4);
        assert_eq!(hint(&hints, "a", exactly(4), 5), -4);
    }
}
