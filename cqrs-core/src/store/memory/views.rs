//! Documents, indexes, checkpoints and parked events.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use bytes::Bytes;

use crate::{
    Name, Position,
    store::documents::{
        Checkpoint, CommitError, Document, DocumentChange, IndexRange, IndexValue, PageCommit,
        ParkedEvent, Selection, Subscription,
    },
};

/// What all subscriptions keep.
#[derive(Debug, Default)]
pub(super) struct Views {
    views: BTreeMap<Subscription, View>,
}

/// What one subscription keeps.
#[derive(Debug, Default)]
pub(super) struct View {
    checkpoint: Option<Checkpoint>,
    documents: BTreeMap<Bytes, Content>,
    indexes: BTreeMap<Name, BTreeSet<(Bytes, Bytes)>>,
    parked: BTreeMap<(Bytes, Position), ParkedEvent>,
}

/// A place in a list: a key, and in an index the value too.
type Place = (Option<Bytes>, Bytes);

#[derive(Debug)]
struct Content {
    content: Bytes,
    indexes: Vec<IndexValue>,
}

impl Views {
    pub(super) fn get(&self, subscription: &Subscription) -> Option<&View> {
        self.views.get(subscription)
    }

    pub(super) fn checkpoints(&self) -> impl Iterator<Item = (Subscription, Checkpoint)> {
        let views = self.views.iter();
        views.filter_map(|(subscription, view)| Some((subscription.clone(), view.checkpoint?)))
    }

    pub(super) fn commit(&mut self, commit: PageCommit) -> Result<(), CommitError> {
        let stored = self.get(&commit.subscription);
        if stored.and_then(View::checkpoint) != commit.expected {
            return Err(CommitError::Moved {
                subscription: commit.subscription,
            });
        }
        let view = self.views.entry(commit.subscription).or_default();
        if commit.reset {
            *view = View::default();
        }
        view.checkpoint = Some(commit.checkpoint);
        for change in commit.documents {
            view.change(change);
        }
        for parked in &commit.unpark {
            view.parked.remove(parked);
        }
        for parked in commit.park {
            let place = (parked.key.clone(), parked.position);
            view.parked.insert(place, parked);
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, subscription: &Subscription) {
        self.views.remove(subscription);
    }
}

impl View {
    pub(super) const fn checkpoint(&self) -> Option<Checkpoint> {
        self.checkpoint
    }

    pub(super) fn document(&self, key: &Bytes) -> Option<Bytes> {
        Some(self.documents.get(key)?.content.clone())
    }

    pub(super) fn list(&self, selection: &Selection) -> Vec<Document> {
        let keys: Box<dyn Iterator<Item = &Bytes>> = match &selection.by {
            None => Box::new(self.keys(selection.after.as_ref())),
            Some(by) => Box::new(self.indexed(by, selection.after.as_ref())),
        };
        let take = selection.take.unwrap_or(u64::MAX);
        keys.skip(to_usize(selection.skip))
            .take(to_usize(take))
            .filter_map(|key| Some((key, self.document(key)?)))
            .map(|(key, content)| Document {
                key: key.clone(),
                content,
            })
            .collect()
    }

    pub(super) fn count(&self, selection: &Selection) -> u64 {
        let count = match &selection.by {
            None => self.documents.len(),
            Some(by) => self.indexed(by, None).count(),
        };
        count as u64
    }

    pub(super) fn parked(&self, key: Option<&Bytes>) -> Vec<ParkedEvent> {
        let parked = self.parked.values();
        parked
            .filter(|parked| key.is_none_or(|key| parked.key == *key))
            .cloned()
            .collect()
    }

    fn keys(&self, after: Option<&Place>) -> impl Iterator<Item = &Bytes> {
        let from = after.map_or(Bound::Unbounded, |(_, key)| Bound::Excluded(key));
        let documents = self.documents.range::<Bytes, _>((from, Bound::Unbounded));
        documents.map(|(key, _)| key)
    }

    /// The keys of a range of an index, behind a place in it.
    fn indexed(&self, by: &IndexRange, after: Option<&Place>) -> impl Iterator<Item = &Bytes> {
        // No pair with a value is before the one with an empty key.
        let first = (by.from.clone().unwrap_or_default(), Bytes::new());
        let after = after.map(|(value, key)| (value.clone().unwrap_or_default(), key.clone()));
        let from = match after {
            Some(after) if after >= first => Bound::Excluded(after),
            _ => Bound::Included(first),
        };
        let pairs = self.indexes.get(&by.index).into_iter();
        pairs
            .flat_map(move |pairs| pairs.range((from.clone(), Bound::Unbounded)))
            .take_while(|(value, _)| by.to.as_ref().is_none_or(|to| value <= to))
            .map(|(_, key)| key)
    }

    fn change(&mut self, change: DocumentChange) {
        let DocumentChange { key, content } = change;
        if let Some(old) = self.documents.remove(&key) {
            for old in old.indexes {
                if let Some(pairs) = self.indexes.get_mut(&old.index) {
                    pairs.remove(&(old.value, key.clone()));
                }
            }
        }
        let Some((content, indexes)) = content else {
            return;
        };
        for new in &indexes {
            let pairs = self.indexes.entry(new.index.clone()).or_default();
            pairs.insert((new.value.clone(), key.clone()));
        }
        self.documents.insert(key, Content { content, indexes });
    }
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
