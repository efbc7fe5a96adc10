//! Views and handlers that follow the log.

mod handler;
mod progress;
mod source;
mod view;

use std::sync::Arc;

use tokio::runtime::Handle;

pub(crate) use self::{
    handler::HandlerSubscriber, progress::Progress, source::ViewSource, view::ViewSubscriber,
};
use crate::{Dispatcher, StoreError, log::Log};

/// Everything that follows the log in one app.
#[derive(Debug)]
pub(crate) struct Projections {
    log: Arc<Log>,
}

/// What follows the log: one generation of a view, or a handler.
pub(crate) trait Subscriber: Send + Sync + std::fmt::Debug + 'static {
    fn progress(&self) -> &Arc<Progress>;
}

impl Projections {
    pub(crate) fn new(log: Arc<Log>, subscribers: Vec<Box<dyn Subscriber>>) -> Self {
        let _ = subscribers;
        Self { log }
    }

    /// Begins to follow. `dispatcher` is what handlers send on with.
    pub(crate) fn start(&self, tasks: &Handle, dispatcher: &Dispatcher) {
        let _ = (tasks, dispatcher, &self.log);
    }

    /// Waits until every view has been built up to where the log is now.
    pub(crate) async fn built(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Ends what follows, and commits where each stands.
    pub(crate) async fn stop(&self) {}
}
