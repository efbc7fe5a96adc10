//! Whether what a view makes of events survives being stored. Not public API: it is for tests.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde_json::Value;

use super::{Follow, View, follow::KeysRepr, ordered_bytes};
use crate::feed::FeedEvent;

/// What does not survive being stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ViewFault {
    /// A document that cannot be read back.
    Unreadable {
        /// Its key.
        key: String,
        /// As it is stored.
        stored: Vec<u8>,
        /// Why not.
        error: String,
    },
    /// A document that is another one when it is read back, or that later events make another one of.
    Changed {
        /// Its key.
        key: String,
        /// As it is without having been stored.
        kept: Vec<u8>,
        /// As it is after it was.
        stored: Vec<u8>,
    },
    /// Two keys whose own order is not that of the store.
    KeyOrder {
        /// The first in its own order.
        first: String,
        /// The second in its own order.
        second: String,
        /// Whether they are one key in their own order.
        same: bool,
    },
}

/// Makes the documents of a view of events, once in memory and once by way of what is stored, and compares them.
///
/// An event that cannot be projected is left out: the view itself says so when it runs.
pub(crate) fn check_view<V: View>(events: &[FeedEvent]) -> Vec<ViewFault> {
    let follows = V::follows();
    let mut check = Check::<V>::default();
    for event in events {
        let follow = follows.iter().find(|follow| follow.wants(event));
        let Some(follow) = follow.filter(|_| !event.meta().is_erased()) else {
            continue;
        };
        match catch_unwind(AssertUnwindSafe(|| check.project(follow, event))) {
            Ok(Ok(())) => {}
            Ok(Err(fault)) => return vec![fault],
            Err(_panic) => break,
        }
    }
    check.key_order().into_iter().collect()
}

struct Check<V: View> {
    kept: BTreeMap<Vec<u8>, V>,
    stored: BTreeMap<Vec<u8>, Vec<u8>>,
    keys: Vec<(V::Key, Vec<u8>)>,
}

impl<V: View> Default for Check<V> {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            stored: BTreeMap::new(),
            keys: Vec::new(),
        }
    }
}

impl<V: View> Check<V> {
    fn project(&mut self, follow: &Follow<V>, event: &FeedEvent) -> Result<(), ViewFault> {
        let keys = match (follow.keys)(event) {
            Ok(keys) => keys,
            Err(_unreadable) => return Ok(()),
        };
        let keys = match keys.0 {
            KeysRepr::Stream => V::key_of_stream(event.meta().stream.id())
                .into_iter()
                .collect(),
            KeysRepr::One(key) => vec![key],
            KeysRepr::Many(keys) => keys,
        };
        for key in keys {
            self.project_key(follow, key, event)?;
        }
        Ok(())
    }

    fn project_key(
        &mut self,
        follow: &Follow<V>,
        key: V::Key,
        event: &FeedEvent,
    ) -> Result<(), ViewFault> {
        let Ok(bytes) = ordered_bytes(&key) else {
            return Ok(());
        };
        let before = match self.stored.remove(&bytes) {
            Some(stored) => Some(read::<V>(&key, stored)?.0),
            None => None,
        };
        let kept = (follow.project)(self.kept.remove(&bytes), &key, event);
        let stored = (follow.project)(before, &key, event);
        let (Ok(kept), Ok(stored)) = (kept, stored) else {
            return Ok(());
        };
        let write = |document: &Option<V>| document.as_ref().map_or_else(Vec::new, written);
        let (one, other) = (write(&kept), write(&stored));
        let changed = |kept, stored| ViewFault::Changed {
            key: shown(&key),
            kept,
            stored,
        };
        if !is_same(&one, &other) {
            return Err(changed(one, other));
        }
        if let Some(kept) = kept {
            let (_, again) = read::<V>(&key, one.clone())?;
            if !is_same(&one, &again) {
                return Err(changed(one, again));
            }
            self.kept.insert(bytes.clone(), kept);
            self.stored.insert(bytes.clone(), one);
        }
        self.keys.push((key, bytes));
        Ok(())
    }

    fn key_order(mut self) -> Option<ViewFault> {
        self.keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        let pairs = self.keys.iter().zip(self.keys.iter().skip(1));
        let mut wrong = pairs.filter(|((a, first), (b, second))| a.cmp(b) != first.cmp(second));
        let ((first, _), (second, _)) = wrong.next()?;
        Some(ViewFault::KeyOrder {
            first: shown(first),
            second: shown(second),
            same: first == second,
        })
    }
}

/// A stored document, and how it would be stored again.
fn read<V: View>(key: &V::Key, stored: Vec<u8>) -> Result<(V, Vec<u8>), ViewFault> {
    match serde_json::from_slice::<V>(&stored) {
        Ok(document) => {
            let again = written(&document);
            Ok((document, again))
        }
        Err(error) => Err(ViewFault::Unreadable {
            key: shown(key),
            stored,
            error: error.to_string(),
        }),
    }
}

fn written<V: View>(document: &V) -> Vec<u8> {
    serde_json::to_vec(document).unwrap_or_else(|error| error.to_string().into_bytes())
}

/// Whether two documents are the same but for the order in lists: what a set is written as has none.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let sorted = |bytes: &[u8]| {
        serde_json::from_slice(bytes)
            .map(sorted)
            .unwrap_or_default()
    };
    one == other || sorted(one) == sorted(other)
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(sorted).collect();
            items.sort_by_cached_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            let sorted = |(name, value)| (name, sorted(value));
            Value::Object(fields.into_iter().map(sorted).collect())
        }
        other => other,
    }
}

fn shown(key: &impl serde::Serialize) -> String {
    serde_json::to_string(key).unwrap_or_else(|error| error.to_string())
}
