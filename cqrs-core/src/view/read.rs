//! Reading a view.

use std::{fmt, marker::PhantomData, sync::Arc};

use super::{ReadViewError, View};
use crate::projection::{Progress, ViewSource};

/// The documents of a view.
///
/// What it reads is what is there; [`App::ask`](crate::App::ask) waits for one's own writes before a handler reads.
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
    /// See [`ReadViewError`].
    pub async fn get(&self, key: &V::Key) -> Result<Option<V>, ReadViewError> {
        let _ = key;
        Ok(None)
    }
}

impl<V> Clone for Views<V> {
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

/// Documents in an order, some of them.
pub struct Listing<V> {
    views: Views<V>,
}

impl<V: View> fmt::Debug for Listing<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing of {:?}", self.views)
    }
}
