//! Reading a view.

mod listing;
mod range;

use std::{borrow::Borrow, fmt, marker::PhantomData, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

pub use self::{
    listing::{IndexListing, Listing},
    range::IndexBounds,
};
use super::{Index, Indexed, KeyError, ReadViewError, View, ordered_bytes};
use crate::{
    projection::{Progress, ViewSource},
    store::documents::{IndexRange, Reading, Selection},
};

/// The documents of a view.
///
/// What it reads is what is there; [`App::ask`](crate::App::ask) waits for one's own writes before a handler reads. Of a
/// view that is being built, for the first time or again, it reads nothing and [says so](ReadViewError::Rebuilding).
///
/// ```
/// # use cqrs_core::{ReadViewError, View, Views};
/// # async fn demo<V: View<Key = String>>(views: Views<V>) -> Result<(), ReadViewError> {
/// let one = views.get("user1").await?;
/// let page = views.list().skip(20).take(10).await?;
/// let next = views.list().after("user29").take(10).await?;
/// # let _ = (one, page, next);
/// # Ok(()) }
/// ```
///
/// A document that is parked is still in lists, as it was before the event that could not be projected;
/// [`get`](Self::get) says so instead.
pub struct Views<V> {
    source: Arc<ViewSource>,
    of: PhantomData<fn() -> V>,
}

impl<V: View> Views<V> {
    pub(crate) const fn new(source: Arc<ViewSource>) -> Self {
        Self {
            source,
            of: PhantomData,
        }
    }

    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.source.progress
    }

    /// The document with this key.
    ///
    /// # Errors
    ///
    /// [`ReadViewError::Parked`] when an event of it could not be projected; else see [`ReadViewError`].
    pub async fn get<Q>(&self, key: &Q) -> Result<Option<V>, ReadViewError>
    where
        V::Key: Borrow<Q>,
        Q: Serialize + Sync + ?Sized,
    {
        let key = encode(key)?;
        Ok(self.documents(&[key]).await?.pop().flatten())
    }

    /// The documents with these keys, in their order, `None` where there is none.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn get_many<'k, Q>(
        &self,
        keys: impl IntoIterator<Item = &'k Q> + Send,
    ) -> Result<Vec<Option<V>>, ReadViewError>
    where
        V::Key: Borrow<Q>,
        Q: Serialize + Sync + ?Sized + 'k,
    {
        let keys: Result<Vec<_>, _> = keys.into_iter().map(encode).collect();
        self.documents(&keys?).await
    }

    /// How many documents there are.
    ///
    /// # Errors
    ///
    /// When the store fails, or the view is being built.
    pub async fn count(&self) -> Result<u64, ReadViewError> {
        self.list().count().await
    }

    /// All documents, in the order of their keys, until it is said which.
    pub fn list(&self) -> Listing<V> {
        Listing::new(self.clone(), Selection::default(), None)
    }

    /// The documents with this value of an index, in the order of their keys.
    ///
    /// The value may be borrowed: `"x"` for a `String`.
    pub fn by<T, Q>(&self, index: Index<V, T>, value: &Q) -> Listing<V>
    where
        T: Indexed + Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        let (value, fault) = split(encode(value));
        let selection = in_index(index.name(), value.clone(), value);
        Listing::new(self.clone(), selection, fault)
    }

    /// The documents whose value of an index lies in a range: in the order of the values, then of the keys.
    ///
    /// The range includes both ends: `18..=30`, `18..`, `..=30`, or `..` for every document.
    pub fn range<T: Indexed>(
        &self,
        index: Index<V, T>,
        range: impl IndexBounds<T>,
    ) -> IndexListing<V, T> {
        let (from, to) = range.bounds();
        let (from, fault) = split(from.map(|value| encode(&value)).transpose());
        let (to, fault) = match (split(to.map(|value| encode(&value)).transpose()), fault) {
            ((to, _), Some(fault)) => (to, Some(fault)),
            ((to, fault), None) => (to, fault),
        };
        let selection = in_index(index.name(), from.flatten(), to.flatten());
        IndexListing::new(Listing::new(self.clone(), selection, fault))
    }

    async fn documents(&self, keys: &[Bytes]) -> Result<Vec<Option<V>>, ReadViewError> {
        for key in keys {
            if let Some(held) = self.progress().held(key) {
                return Err(ReadViewError::Parked {
                    view: self.source.subscription.name.clone(),
                    key: held.text,
                    position: held.position,
                    reason: held.reason,
                });
            }
        }
        let ViewSource {
            store,
            subscription,
            ..
        } = &*self.source;
        let found = self.whole(store.documents(subscription, keys).await?)?;
        let found = found.into_iter();
        found
            .map(|document| document.map(|document| self.parse(&document)).transpose())
            .collect()
    }

    /// What was found, if it was found in a view that was built.
    ///
    /// Only the store can tell: another node may have begun to build it again since this one last heard of it.
    fn whole<T>(&self, reading: Reading<T>) -> Result<T, ReadViewError> {
        if reading.built {
            Ok(reading.found)
        } else {
            Err(self.progress().half_built(reading.position))
        }
    }

    fn parse(&self, document: &Bytes) -> Result<V, ReadViewError> {
        serde_json::from_slice(document).map_err(|error| ReadViewError::Shape {
            view: self.source.subscription.name.clone(),
            reason: error.to_string(),
        })
    }
}

fn encode<Q: Serialize + ?Sized>(value: &Q) -> Result<Bytes, KeyError> {
    ordered_bytes(value).map(Bytes::from)
}

/// A fault is told when the listing is read, so that what is said about it can be said in a row.
fn split<T>(value: Result<T, KeyError>) -> (Option<T>, Option<KeyError>) {
    match value {
        Ok(value) => (Some(value), None),
        Err(fault) => (None, Some(fault)),
    }
}

fn in_index(index: &'static str, from: Option<Bytes>, to: Option<Bytes>) -> Selection {
    Selection {
        by: Some(IndexRange {
            index: index.into(),
            from,
            to,
        }),
        ..Selection::default()
    }
}

// Only of a view: a field is cloned into its handler, so that there the compiler says what is none.
impl<V: View> Clone for Views<V> {
    fn clone(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            of: PhantomData,
        }
    }
}

impl<V: View> fmt::Debug for Views<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Views<{}>", V::NAME)
    }
}
