//! What is held back, since an event of it is parked.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLockReadGuard, RwLockWriteGuard},
};

use bytes::Bytes;

use super::{Held, Progress};
use crate::store::documents::ParkedEvent;

impl Progress {
    /// What holds a key back, if something does.
    pub(crate) fn held(&self, key: &[u8]) -> Option<Held> {
        self.all_held().get(key).cloned()
    }

    /// How many keys are held back.
    pub(crate) fn held_keys(&self) -> usize {
        self.all_held().len()
    }

    pub(in crate::projection) fn is_held(&self, key: &[u8]) -> bool {
        let held = self.all_held();
        !held.is_empty() && held.contains_key(key)
    }

    fn all_held(&self) -> RwLockReadGuard<'_, BTreeMap<Bytes, Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_held_mut(&self) -> RwLockWriteGuard<'_, BTreeMap<Bytes, Held>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is parked, as the store says it.
    pub(in crate::projection) fn holds(&self, parked: &[ParkedEvent]) {
        let mut held = self.all_held_mut();
        held.clear();
        for event in parked {
            hold_back(&mut held, event);
        }
    }

    /// These were parked.
    pub(in crate::projection) fn hold(&self, parked: &[ParkedEvent]) {
        if parked.is_empty() {
            return;
        }
        let mut held = self.all_held_mut();
        for event in parked {
            hold_back(&mut held, event);
        }
        drop(held);
        let failed = parked.iter().filter(|event| !event.error.is_empty());
        if let Some(last) = failed.last() {
            self.erred(&last.error);
        }
    }

    /// Nothing of this key is parked any more.
    pub(in crate::projection) fn let_go(&self, key: &[u8]) {
        self.all_held_mut().remove(key);
    }
}

/// The first event of a key is what holds it back.
fn hold_back(held: &mut BTreeMap<Bytes, Held>, event: &ParkedEvent) {
    let known = held.get(&event.key);
    if known.is_none_or(|known| event.position <= known.position) {
        let first = Held {
            text: event.key_text.clone(),
            position: event.position,
            reason: event.error.clone(),
        };
        held.insert(event.key.clone(), first);
    }
}
