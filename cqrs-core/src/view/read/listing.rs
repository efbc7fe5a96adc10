//! Documents in an order, some of them.

use std::{borrow::Borrow, fmt, future::IntoFuture, marker::PhantomData};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use serde::Serialize;

use super::{KeyError, ReadViewError, View, Views, encode};
use crate::{Indexed, store::documents::Selection};

/// Documents in the order of their keys. Awaited, it reads them: all, unless [`take`](Self::take) says how many.
///
/// Only [`after`](Self::after) is stable while others write: `skip` counts what is there now.
#[must_use = "nothing is read before `.await`"]
pub struct Listing<V> {
    views: Views<V>,
    selection: Selection,
    fault: Option<KeyError>,
}

impl<V: View> Listing<V> {
    pub(super) const fn new(
        views: Views<V>,
        selection: Selection,
        fault: Option<KeyError>,
    ) -> Self {
        Self {
            views,
            selection,
            fault,
        }
    }

    /// Leaves out the first `count`.
    pub const fn skip(mut self, count: usize) -> Self {
        self.selection.skip = count as u64;
        self
    }

    /// At most `count`.
    pub const fn take(mut self, count: usize) -> Self {
        self.selection.take = Some(count as u64);
        self
    }

    /// Only those behind this key, whether there is a document with it or not: the key of the last one read is where the
    /// next page begins.
    pub fn after<Q>(self, key: &Q) -> Self
    where
        V::Key: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        // Of an index there is but one value.
        let value = self.selection.by.as_ref().and_then(|by| by.from.clone());
        self.behind(value, encode(key))
    }

    fn behind(mut self, value: Option<Bytes>, key: Result<Bytes, KeyError>) -> Self {
        match key {
            Ok(key) => self.selection.after = Some((value, key)),
            Err(fault) => self.fault = self.fault.or(Some(fault)),
        }
        self
    }

    /// How many there are; `skip`, `take` and `after` are left aside.
    ///
    /// # Errors
    ///
    /// When the store fails, or the view is being built.
    pub async fn count(self) -> Result<u64, ReadViewError> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        let source = &self.views.source;
        let counted = source.store.count(&source.subscription, &self.selection);
        self.views.whole(counted.await?)
    }

    async fn read(self) -> Result<Vec<V>, ReadViewError> {
        if let Some(fault) = self.fault {
            return Err(fault.into());
        }
        let source = &self.views.source;
        let found = source.store.list(&source.subscription, &self.selection);
        let found = self.views.whole(found.await?)?.into_iter();
        found
            .map(|document| self.views.parse(&document.content))
            .collect()
    }
}

impl<V: View> IntoFuture for Listing<V> {
    type Output = Result<Vec<V>, ReadViewError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.read().boxed()
    }
}

impl<V: View> fmt::Debug for Listing<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing of {:?}", self.views)
    }
}

/// Documents in the order of an index, then of their keys. Awaited, it reads them: all, unless [`take`](Self::take) says
/// how many.
#[must_use = "nothing is read before `.await`"]
pub struct IndexListing<V, T> {
    listing: Listing<V>,
    of: PhantomData<fn() -> T>,
}

impl<V: View, T: Indexed> IndexListing<V, T> {
    pub(super) const fn new(listing: Listing<V>) -> Self {
        Self {
            listing,
            of: PhantomData,
        }
    }

    /// Leaves out the first `count`.
    pub fn skip(mut self, count: usize) -> Self {
        self.listing = self.listing.skip(count);
        self
    }

    /// At most `count`.
    pub fn take(mut self, count: usize) -> Self {
        self.listing = self.listing.take(count);
        self
    }

    /// Only those behind this value and key: those of the last document read are where the next page begins.
    pub fn after_entry<P, Q>(mut self, value: &P, key: &Q) -> Self
    where
        T: Borrow<P>,
        P: Serialize + ?Sized,
        V::Key: Borrow<Q>,
        Q: Serialize + ?Sized,
    {
        match encode(value) {
            Ok(value) => self.listing = self.listing.behind(Some(value), encode(key)),
            Err(fault) => self.listing.fault = self.listing.fault.or(Some(fault)),
        }
        self
    }

    /// How many there are; `skip`, `take` and `after_entry` are left aside.
    ///
    /// # Errors
    ///
    /// When the store fails, or the view is being built.
    pub async fn count(self) -> Result<u64, ReadViewError> {
        self.listing.count().await
    }
}

impl<V: View, T> IntoFuture for IndexListing<V, T> {
    type Output = Result<Vec<V>, ReadViewError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.listing.into_future()
    }
}

impl<V: View, T> fmt::Debug for IndexListing<V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.listing, f)
    }
}
