//! Committing what a page changed.

use std::sync::Arc;

use bytes::Bytes;

use super::{
    ViewFollower,
    plan::{Change, Plan, Slot, Touch},
};
use crate::{
    Indexes, Position, View,
    feed::FeedPage,
    guard::guarded,
    projection::{
        backoff::Backoff,
        desk::{Desk, Halt},
    },
    store::documents::{
        Checkpoint, CommitError, DocumentChange, IndexValue, PageCommit, ParkedEvent,
    },
};

/// What a page changed beside the checkpoint.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) documents: Vec<DocumentChange>,
    pub(super) park: Vec<ParkedEvent>,
    pub(super) unpark: Vec<(Bytes, Position)>,
    /// The keys of which nothing is parked any more.
    pub(super) let_go: Vec<Bytes>,
}

impl<V: View> ViewFollower<V> {
    /// How many positions are passed over before that is worth a commit.
    pub(super) const PASSES: u64 = 1_000;

    pub(super) fn stored_position(&self) -> Position {
        self.checkpoint
            .map_or(Position::START, |stored| stored.position)
    }

    /// Whether the store knows that it has been where the log ended.
    pub(super) fn is_marked_built(&self) -> bool {
        self.checkpoint.is_some_and(|stored| stored.built)
    }

    /// What the page changed, if it changed anything.
    pub(super) async fn changes(
        desk: &mut Desk,
        page: &FeedPage,
        plan: &mut Plan<V>,
    ) -> Result<Option<Changes>, Halt> {
        let mut changes = Changes::default();
        for (number, slot) in plan.slots.iter_mut().enumerate() {
            if slot.forgotten {
                let parked = desk.parked(Some(&slot.key)).await?;
                let parked = parked.into_iter();
                changes
                    .unpark
                    .extend(parked.map(|event| (event.key, event.position)));
                changes.let_go.push(slot.key.clone());
            }
            if slot.changed {
                match slot.encode() {
                    Ok(change) => changes.documents.extend(change),
                    Err(reason) => {
                        slot.park_all(desk, page, &plan.touches, number, &reason);
                        changes.documents.extend(slot.deletion());
                    }
                }
            }
            changes.park.append(&mut slot.park);
        }
        let any =
            !(changes.documents.is_empty() && changes.park.is_empty() && changes.unpark.is_empty());
        Ok(any.then_some(changes))
    }

    /// Commits, with the checkpoint at a position. `false` when somebody else has moved it.
    pub(super) async fn commit(
        &mut self,
        desk: &mut Desk,
        position: Position,
        changes: Changes,
    ) -> Result<bool, Halt> {
        let checkpoint = Checkpoint {
            position,
            mixed: self.mixed,
            built: self.is_marked_built() || position >= self.built_at,
            epoch: desk.lease.epoch(),
            paused: desk.paused,
        };
        let commit = PageCommit {
            subscription: self.source.subscription.clone(),
            expected: self.checkpoint,
            checkpoint,
            reset: false,
            documents: changes.documents,
            park: changes.park,
            unpark: changes.unpark,
        };
        if !self.submit(desk, &commit).await? {
            return Ok(false);
        }
        for key in &changes.let_go {
            desk.progress.let_go(key);
        }
        desk.progress.hold(&commit.park);
        Ok(true)
    }

    /// Deletes everything. `false` when somebody else has moved the checkpoint, which is known then.
    pub(super) async fn reset(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let commit = PageCommit {
            subscription: self.source.subscription.clone(),
            expected: self.checkpoint,
            checkpoint: Checkpoint {
                position: Position::START,
                mixed: self.several,
                built: false,
                epoch: desk.lease.epoch(),
                paused: desk.paused,
            },
            reset: true,
            documents: Vec::new(),
            park: Vec::new(),
            unpark: Vec::new(),
        };
        let done = self.submit(desk, &commit).await?;
        if done {
            self.mixed = self.several;
        } else {
            self.checkpoint = desk.checkpoint().await?;
        }
        Ok(done)
    }

    async fn submit(&mut self, desk: &mut Desk, commit: &PageCommit) -> Result<bool, Halt> {
        let store = Arc::clone(&self.source.store);
        let mut backoff = Backoff::of_the_store();
        loop {
            match store.commit(commit.clone()).await {
                Ok(()) => {
                    desk.progress.works();
                    self.checkpoint = Some(commit.checkpoint);
                    return Ok(true);
                }
                Err(CommitError::Moved { .. }) => {
                    desk.moved().await?;
                    return Ok(false);
                }
                Err(CommitError::Store(error)) => desk.fails(&error, &mut backoff).await?,
            }
            // That it happened shows in the checkpoint, but not that it was ours: another node may have come as far, and
            // the documents in hand may have been read after that.
            if desk.checkpoint().await? != commit.expected {
                return Ok(false);
            }
        }
    }
}

impl<V: View> Slot<V> {
    /// The change of the stored document, if there is one; or why it cannot be stored.
    pub(super) fn encode(&mut self) -> Result<Option<DocumentChange>, String> {
        let Some(document) = &self.document else {
            return Ok(self.deletion());
        };
        let (content, indexes) = guarded(|| encode(document))??;
        self.bytes = content.len();
        Ok(Some(DocumentChange {
            key: self.key.clone(),
            content: Some((content, indexes)),
        }))
    }

    /// Deletes what is stored, if the document is to be there no more.
    fn deletion(&self) -> Option<DocumentChange> {
        let gone = self.document.is_none() && self.changed && self.stored.is_some();
        gone.then(|| DocumentChange {
            key: self.key.clone(),
            content: None,
        })
    }

    /// What the page has made of the document cannot be stored: it stays as it was.
    fn park_all(
        &mut self,
        desk: &Desk,
        page: &FeedPage,
        touches: &[Touch],
        number: usize,
        reason: &str,
    ) {
        self.document = None;
        self.changed = self.forgotten;
        self.park.clear();
        let own = touches.iter().filter(|touch| touch.slot == number);
        for touch in own {
            match (touch.change, page.events().get(touch.event)) {
                (Change::Forget, _) => self.park.clear(),
                (Change::Project(_), Some(event)) if self.park.is_empty() => {
                    self.park_failed(event, reason.to_owned(), desk);
                }
                (Change::Project(_), Some(event)) => self.park_behind(event, desk),
                (Change::Project(_), None) => {}
            }
        }
    }
}

/// A document as it is stored, with the values of its indexes.
fn encode<V: View>(document: &V) -> Result<(Bytes, Vec<IndexValue>), String> {
    let content = serde_json::to_vec(document).map_err(|error| error.to_string())?;
    let mut indexes = Indexes::default();
    document.index(&mut indexes);
    match indexes.fault {
        None => Ok((Bytes::from(content), indexes.values)),
        Some(fault) => Err(fault.to_string()),
    }
}
