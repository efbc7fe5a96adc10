//! What is done to the tables inside of a transaction.

use std::{
    ops::Range,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use futures::future::{BoxFuture, FutureExt};

use super::plan::{Change, Touch};
use crate::{
    Forgotten, HandlerError, Tables, TablesOf, feed::FeedPage, guard::panic_text,
    store::tables::TableWork,
};

/// Events to project, or tables to make.
pub(super) struct Work<P: Tables> {
    what: What<P>,
    trace: Arc<Trace>,
}

enum What<P: Tables> {
    Create,
    Project(Part<P>),
    /// Only the checkpoint changes.
    Nothing,
}

/// Some of the events of a page that change rows.
pub(super) struct Part<P: Tables> {
    pub(super) page: FeedPage,
    pub(super) touches: Arc<[Touch<P>]>,
    pub(super) range: Range<usize>,
}

impl<P: Tables> Clone for Part<P> {
    fn clone(&self) -> Self {
        Self {
            page: self.page.clone(),
            touches: Arc::clone(&self.touches),
            range: self.range.clone(),
        }
    }
}

/// How far the work came: the store hands on only that it failed.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// How many events were begun.
    begun: AtomicUsize,
    build_again: AtomicBool,
}

impl Trace {
    /// The number of the event that failed, from 0, if it was one.
    pub(super) fn failed_at(&self) -> Option<usize> {
        self.begun.load(Ordering::Acquire).checked_sub(1)
    }

    pub(super) fn is_to_be_built_again(&self) -> bool {
        self.build_again.load(Ordering::Acquire)
    }
}

impl<P: Tables> Work<P> {
    pub(super) const fn creation(trace: Arc<Trace>) -> Self {
        Self {
            what: What::Create,
            trace,
        }
    }

    pub(super) const fn projection(part: Part<P>, trace: Arc<Trace>) -> Self {
        Self {
            what: What::Project(part),
            trace,
        }
    }

    pub(super) const fn nothing(trace: Arc<Trace>) -> Self {
        Self {
            what: What::Nothing,
            trace,
        }
    }

    async fn change(&self, tables: &mut TablesOf<P>) -> Result<(), HandlerError> {
        let part = match &self.what {
            What::Create => return P::create(tables).await,
            What::Project(part) => part,
            What::Nothing => return Ok(()),
        };
        for touch in part
            .touches
            .iter()
            .take(part.range.end)
            .skip(part.range.start)
        {
            let Some(event) = part.page.events().get(touch.event) else {
                continue;
            };
            self.trace.begun.fetch_add(1, Ordering::AcqRel);
            match touch.change {
                Change::Project(project) => project(event, tables).await?,
                Change::Forget => {
                    if P::forget(&event.meta().stream, tables).await? == Forgotten::BuildAgain {
                        self.trace.build_again.store(true, Ordering::Release);
                        return Err(HandlerError::permanent("it is to be built again"));
                    }
                }
            }
        }
        // What fails from here on is no event's fault.
        self.trace.begun.store(0, Ordering::Release);
        Ok(())
    }
}

impl<P: Tables> TableWork<P::Store> for Work<P> {
    fn perform<'a>(
        &'a mut self,
        tables: &'a mut TablesOf<P>,
    ) -> BoxFuture<'a, Result<(), HandlerError>> {
        async move {
            // A panic takes the transaction back, so nobody sees what was half done.
            let done = AssertUnwindSafe(self.change(tables)).catch_unwind().await;
            done.unwrap_or_else(|panic| Err(HandlerError::permanent(panic_text(&*panic))))
        }
        .boxed()
    }
}
