//! Gives events to one handler.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::{Progress, Subscriber, desk::Desk};
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

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        desk.progress
            .goes_on(crate::Position::START, crate::Position::START);
        async move { drop(desk) }.boxed()
    }
}
