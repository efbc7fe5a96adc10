//! Gives events to one handler.

use std::sync::Arc;

use super::{Progress, Subscriber};
use crate::registry::Listen;

#[derive(Debug)]
pub(crate) struct HandlerSubscriber {
    progress: Arc<Progress>,
    listens: &'static [Listen],
    from_beginning: bool,
}

impl HandlerSubscriber {
    pub(crate) const fn new(
        progress: Arc<Progress>,
        listens: &'static [Listen],
        from_beginning: bool,
    ) -> Self {
        Self {
            progress,
            listens,
            from_beginning,
        }
    }
}

impl Subscriber for HandlerSubscriber {
    fn progress(&self) -> &Arc<Progress> {
        let _ = (self.listens, self.from_beginning);
        &self.progress
    }
}
