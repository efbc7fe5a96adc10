//! How a view follows one kind of event, without its type.

use std::fmt;

use super::{FollowedBy, Project, View};
use crate::{Aggregate, AggregateEvent, DecodeError, Event, event::EventKind, feed::FeedEvent};

/// The keys of the documents that an event touches.
///
/// ```
/// use cqrs_core::Keys;
///
/// let transfer: Keys<String> = ["from".to_owned(), "to".to_owned()].into();
/// # let _ = transfer;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys<K>(pub(crate) KeysRepr<K>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeysRepr<K> {
    Stream,
    One(K),
    Many(Vec<K>),
}

impl<K> Keys<K> {
    /// The key that the id of the event's aggregate is.
    #[must_use]
    pub const fn of_stream() -> Self {
        Self(KeysRepr::Stream)
    }

    /// One document.
    #[must_use]
    pub const fn one(key: K) -> Self {
        Self(KeysRepr::One(key))
    }

    /// No document: the event is passed over.
    #[must_use]
    pub const fn none() -> Self {
        Self(KeysRepr::Many(Vec::new()))
    }
}

impl<K, const N: usize> From<[K; N]> for Keys<K> {
    fn from(keys: [K; N]) -> Self {
        Self(KeysRepr::Many(keys.into()))
    }
}

impl<K> From<Vec<K>> for Keys<K> {
    fn from(keys: Vec<K>) -> Self {
        Self(KeysRepr::Many(keys))
    }
}

impl<K> From<Option<K>> for Keys<K> {
    fn from(key: Option<K>) -> Self {
        key.map_or_else(Self::none, Self::one)
    }
}

impl<K> FromIterator<K> for Keys<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        Self(KeysRepr::Many(keys.into_iter().collect()))
    }
}

/// How a view follows one kind of event.
pub struct Follow<V: View> {
    pub(crate) kind: EventKind,
    /// Only events of this aggregate's streams.
    pub(crate) aggregate: Option<&'static str>,
    pub(crate) keys: KeysOf<V>,
    pub(crate) project: ProjectOf<V>,
}

type KeysOf<V> = fn(&FeedEvent) -> Result<Keys<<V as View>::Key>, DecodeError>;
type ProjectOf<V> = fn(Option<V>, &<V as View>::Key, &FeedEvent) -> Result<Option<V>, DecodeError>;

impl<V: View> Follow<V> {
    /// The view follows this kind of event by its [`Project`] impl.
    #[must_use]
    pub const fn event<E: Event + FollowedBy<V>>() -> Self
    where
        V: Project<E, Key = <V as View>::Key>,
    {
        Self {
            kind: EventKind::of::<E>(),
            aggregate: None,
            keys: |event| Ok(<V as Project<E>>::keys(event.recorded::<E>()?)),
            project: |view, key, event| {
                Ok(<V as Project<E>>::project(
                    view,
                    key,
                    event.recorded::<E>()?,
                ))
            },
        }
    }

    /// The view is an aggregate, and follows its own events by its [`Apply`](crate::Apply) impls.
    ///
    /// `Id` is what identifies the aggregate.
    #[must_use]
    pub fn own_events<Id>() -> Vec<Self>
    where
        V: Aggregate<Id = Id>,
    {
        let follow = |kind: &EventKind| Self {
            kind: *kind,
            aggregate: Some(<V as Aggregate>::NAME),
            keys: |_| Ok(Keys::of_stream()),
            project: |view, _, event| {
                let mut state = view.unwrap_or_default();
                state.apply(&V::Event::decode(event.stored())?);
                Ok(Some(state))
            },
        };
        V::Event::KINDS.iter().map(follow).collect()
    }

    /// Whether the view follows this stored event in this way.
    pub(crate) fn wants(&self, event: &FeedEvent) -> bool {
        let meta = &event.stored().meta;
        self.kind.is_named(&meta.name)
            && self
                .aggregate
                .is_none_or(|aggregate| aggregate == meta.stream.aggregate())
    }
}

impl<V: View> fmt::Debug for Follow<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow")
            .field("kind", &self.kind)
            .field("aggregate", &self.aggregate)
            .finish_non_exhaustive()
    }
}
