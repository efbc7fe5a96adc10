//! The log as everything that writes in one app shares it.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Append, AppendError, Appended, CommandId, Metadata, Position, Store, Token,
    clock::{Clock, Ids},
    projection::Progress,
    store::{Identity, append::Reply},
};

/// The store, time, ids, and who must be told of a commit.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) store: Arc<dyn Store>,
    /// Which store it is, to make tokens without asking it.
    pub(crate) identity: Identity,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    /// Whether handlers of events that failed are called again at once: for tests.
    pub(crate) impatient: bool,
    /// The views that follow an event, by each name that it is or was stored under.
    pub(crate) followers: HashMap<&'static str, Vec<Arc<Progress>>>,
}

impl Log {
    /// The metadata with command id and correlation, which are drawn where they were not given.
    pub(crate) fn complete(&self, mut metadata: Metadata) -> Metadata {
        let command_id = *metadata
            .command_id
            .get_or_insert_with(|| CommandId::new(self.ids.next()));
        metadata
            .correlation_id
            .get_or_insert_with(|| command_id.into());
        metadata
    }

    /// This app instance has committed events with these names, the last of them at this position: whoever asks from now
    /// on waits for the views that follow them.
    pub(crate) fn committed(&self, names: impl IntoIterator<Item: AsRef<str>>, last: Position) {
        for name in names {
            for view in self.followers.get(name.as_ref()).into_iter().flatten() {
                view.committed(last);
            }
        }
    }

    /// Appends, and tells the views of it even if nobody waits for the answer any more.
    pub(crate) fn append(
        self: &Arc<Self>,
        append: Append,
    ) -> impl Future<Output = Result<Appended, AppendError>> + Send + use<> {
        let events = append.streams.iter().flat_map(|stream| &stream.events);
        let names: Vec<_> = events.map(|event| event.name.clone()).collect();
        let (reply, answer) = Reply::channel();
        let log = Arc::clone(self);
        self.store.submit(
            append,
            Reply::new(move |answer| {
                if let Ok(appended) = &answer
                    && !names.is_empty()
                {
                    log.committed(&names, appended.position);
                }
                reply.send(answer);
            }),
        );
        answer
    }

    /// What every view has made of earlier events may change: whoever asks from now on waits for all of them.
    pub(crate) fn erased(&self, last: Position) {
        for view in self.followers.values().flatten() {
            view.committed(last);
        }
    }

    /// The token of a position.
    pub(crate) const fn token(&self, position: Position) -> Token {
        Token::new(self.identity, position)
    }
}
