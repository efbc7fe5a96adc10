//! Where the documents of one view are read from.

use std::sync::Arc;

use super::Progress;
use crate::{Store, store::documents::Subscription};

/// Where the documents of one generation of a view are, and how far it is.
#[derive(Debug)]
pub(crate) struct ViewSource {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) subscription: Subscription,
    pub(crate) progress: Arc<Progress>,
}
