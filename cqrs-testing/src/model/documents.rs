//! The simplest store of views that could be.

use bytes::Bytes;
use cqrs_core::store::documents::{
    Checkpoint, Document, DocumentChange, PageCommit, ParkedEvent, Reading, Selection, Subscription,
};

/// What should be stored of each subscription.
#[derive(Debug, Default)]
pub(super) struct Documents {
    views: Vec<(Subscription, View)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) checkpoint: Option<Checkpoint>,
    documents: Vec<DocumentChange>,
    pub(super) parked: Vec<ParkedEvent>,
}

impl Documents {
    pub(super) fn view(&self, of: &Subscription) -> View {
        let mut views = self.views.iter();
        let found = views.find(|(known, _)| known == of);
        found.map(|(_, view)| view.clone()).unwrap_or_default()
    }

    pub(super) fn forget(&mut self, of: &Subscription) {
        self.views.retain(|(known, _)| known != of);
    }

    /// Commits, unless it is late.
    pub(super) fn commit(&mut self, commit: PageCommit) -> bool {
        let mut view = self.view(&commit.subscription);
        if view.checkpoint != commit.expected {
            return false;
        }
        if commit.reset {
            view = View::default();
        }
        view.checkpoint = Some(commit.checkpoint);
        for change in commit.documents {
            view.documents.retain(|document| document.key != change.key);
            if change.content.is_some() {
                view.documents.push(change);
            }
        }
        for (key, position) in commit.unpark {
            let is = |parked: &ParkedEvent| parked.key == key && parked.position == position;
            view.parked.retain(|parked| !is(parked));
        }
        for event in commit.park {
            let is =
                |parked: &ParkedEvent| parked.key == event.key && parked.position == event.position;
            view.parked.retain(|parked| !is(parked));
            view.parked.push(event);
        }
        view.parked
            .sort_by(|a, b| (&a.key, a.position).cmp(&(&b.key, b.position)));
        self.forget(&commit.subscription);
        self.views.push((commit.subscription, view));
        true
    }
}

impl View {
    /// What was found in it, as a store says it.
    pub(super) fn reading<T>(&self, found: T) -> Reading<T> {
        let stands = self.checkpoint.unwrap_or_default();
        Reading {
            built: stands.built,
            position: stands.position,
            found,
        }
    }

    pub(super) fn document(&self, key: &Bytes) -> Option<Bytes> {
        let mut documents = self.documents.iter();
        let found = documents.find(|document| document.key == *key)?;
        found.content.as_ref().map(|(content, _)| content.clone())
    }

    pub(super) fn count(&self, selection: &Selection) -> u64 {
        self.selected(selection).len() as u64
    }

    pub(super) fn list(&self, selection: &Selection) -> Vec<Document> {
        let by_key = selection.by.is_none();
        let after = selection.after.as_ref().map(|(value, key)| {
            let value = value.clone().filter(|_| !by_key).unwrap_or_default();
            (value, key.clone())
        });
        let rest = self.selected(selection).into_iter();
        rest.filter(|place| after.as_ref().is_none_or(|after| place > after))
            .skip(usize::try_from(selection.skip).unwrap_or(usize::MAX))
            .take(selection.take.map_or(usize::MAX, |take| {
                usize::try_from(take).unwrap_or(usize::MAX)
            }))
            .map(|(_, key)| Document {
                content: self.document(&key).unwrap_or_default(),
                key,
            })
            .collect()
    }

    /// Value and key of each document that is selected, in order; by key all values are empty.
    fn selected(&self, selection: &Selection) -> Vec<(Bytes, Bytes)> {
        let mut places = Vec::new();
        for document in &self.documents {
            let key = &document.key;
            let Some(by) = &selection.by else {
                places.push((Bytes::new(), key.clone()));
                continue;
            };
            let indexes = document.content.iter().flat_map(|(_, indexes)| indexes);
            for index in indexes.filter(|index| index.index == by.index) {
                let from = by.from.as_ref().is_none_or(|from| index.value >= *from);
                let to = by.to.as_ref().is_none_or(|to| index.value <= *to);
                if from && to {
                    places.push((index.value.clone(), key.clone()));
                }
            }
        }
        places.sort();
        places
    }
}
