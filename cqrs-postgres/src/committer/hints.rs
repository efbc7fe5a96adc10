//! Where streams are likely to stand. Only a hint of where to begin to look: others write, too.

use std::collections::HashMap;

use cqrs_core::{
    Append, AppendError, Appended, Expected, Revision, StreamId, store::append::StreamAppend,
};

use crate::numbers::to_sql;

/// The revisions of the streams that were written last.
#[derive(Debug, Default)]
pub(super) struct Hints(HashMap<StreamId, Revision>);

/// How many streams are known at most; then it begins again.
const KNOWN: usize = 1 << 16;

impl Hints {
    /// A revision that the stream is likely to have.
    pub(super) fn of(&self, listed: &StreamAppend) -> i64 {
        let revision = match listed.expected {
            Expected::Exactly(revision) => revision,
            Expected::NoStream => Revision::NONE,
            Expected::Any => self.0.get(&listed.stream).copied().unwrap_or_default(),
        };
        to_sql(revision.get())
    }

    /// Remembers where the streams of appends were left of which that is not known otherwise.
    pub(super) fn learn<'a>(
        &mut self,
        answers: impl Iterator<Item = (&'a Append, &'a Option<Result<Appended, AppendError>>)>,
    ) {
        for (append, answer) in answers {
            let Some(Ok(appended)) = answer else {
                continue;
            };
            let streams = append.streams.iter().zip(&appended.revisions);
            for (listed, revision) in streams.filter(|(listed, _)| listed.expected == Expected::Any)
            {
                self.put(&listed.stream, *revision);
            }
        }
    }

    fn put(&mut self, stream: &StreamId, revision: Revision) {
        if let Some(known) = self.0.get_mut(stream) {
            *known = revision;
            return;
        }
        if self.0.len() >= KNOWN {
            self.0.clear();
        }
        self.0.insert(stream.clone(), revision);
    }
}
