//! Keeps the documents of one view.

use std::{fmt, marker::PhantomData, sync::Arc};

use super::{Progress, Subscriber, ViewSource};
use crate::View;

pub(crate) struct ViewSubscriber<V> {
    source: Arc<ViewSource>,
    of: PhantomData<fn() -> V>,
}

impl<V: View> ViewSubscriber<V> {
    /// `several` says that the events it follows belong to several aggregates.
    pub(crate) fn new(source: Arc<ViewSource>, several: bool) -> Self {
        let _ = several;
        Self {
            source,
            of: PhantomData,
        }
    }
}

impl<V: View> fmt::Debug for ViewSubscriber<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ViewSubscriber<{}>", V::NAME)
    }
}

impl<V: View> Subscriber for ViewSubscriber<V> {
    fn progress(&self) -> &Arc<Progress> {
        &self.source.progress
    }
}
