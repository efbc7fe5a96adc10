//! What is parked.

use std::time::SystemTime;

use bytes::Bytes;

use crate::{
    Name, Position,
    projection::Released,
    store::documents::{ParkedEvent, Subscription, SubscriptionKind},
};

/// A document of a view, or a stream of a handler, that is held back since an event of it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// Whether a view or a handler holds it back.
    pub kind: SubscriptionKind,
    /// Which.
    pub name: Name,
    /// The document's key or the stream, to read.
    pub key_text: String,
    /// The event that failed, and those that wait behind it.
    pub positions: Vec<Position>,
    /// How often the first was tried.
    pub attempts: u32,
    /// What went wrong.
    pub error: String,
    /// Since when.
    pub since: SystemTime,
    pub(super) key: Bytes,
}

/// What came of dealing with what was parked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Release {
    /// How many events were dealt with or left out.
    pub done: u64,
    /// How many are parked still.
    pub left: u64,
    /// What went wrong with the first of these.
    pub error: Option<String>,
}

impl From<Released> for Release {
    fn from(released: Released) -> Self {
        let Released { done, left, error } = released;
        Self { done, left, error }
    }
}

impl Parked {
    /// What a subscription has parked, by key; the events come in the order of key and position.
    pub(super) fn group(subscription: &Subscription, events: Vec<ParkedEvent>) -> Vec<Self> {
        let mut groups: Vec<Self> = Vec::new();
        for event in events {
            match groups.last_mut().filter(|group| group.key == event.key) {
                Some(group) => group.positions.push(event.position),
                None => groups.push(Self {
                    kind: subscription.kind,
                    name: subscription.name.clone(),
                    key_text: event.key_text,
                    positions: vec![event.position],
                    attempts: event.attempts,
                    error: event.error,
                    since: event.parked_at,
                    key: event.key,
                }),
            }
        }
        groups
    }
}
