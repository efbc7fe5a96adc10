//! The log as everything that writes in one app shares it.

use std::{collections::HashMap, sync::Arc};

use crate::{
    Append, AppendError, Appended, CommandId, Metadata, Name, Position, Store, Token,
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
        &self,
        append: Append,
    ) -> impl Future<Output = Result<Appended, AppendError>> + Send + use<> {
        let followers = self.followers_of(&append);
        let (reply, answer) = Reply::channel_telling(move |answer| {
            if let Ok(appended) = answer {
                for view in followers {
                    view.committed(appended.position);
                }
            }
        });
        self.store.submit(append, reply);
        answer
    }

    /// The views that follow an event of the append.
    fn followers_of(&self, append: &Append) -> Vec<Arc<Progress>> {
        let mut followers = Vec::new();
        let mut before: Option<&Name> = None;
        for event in append.streams.iter().flat_map(|stream| &stream.events) {
            // Neighbours are often of a kind.
            if before.replace(&event.name) != Some(&event.name) {
                followers.extend(
                    self.followers
                        .get(&*event.name)
                        .into_iter()
                        .flatten()
                        .cloned(),
                );
            }
        }
        followers
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
