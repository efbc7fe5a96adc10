//! Projecting events, and judging what fails.

use std::sync::Arc;

use tokio::time::Instant;

use super::{
    RowsFollower,
    commit::Outcome,
    plan::Touch,
    work::{Part, Work},
};
use crate::{
    FeedEvent, HandlerError, Severity, Tables,
    feed::FeedPage,
    projection::{
        backoff::Backoff,
        desk::{Desk, Halt},
        progress::Failing,
        run::Follower as _,
    },
};

impl<P: Tables> RowsFollower<P> {
    /// How often an event is tried when nobody can tell whether it helps. Few times: it is handed nothing but its tables.
    const ATTEMPTS: u32 = 3;

    /// Projects events from the one with this number on, and answers how many. `None` when it does not go on in this page.
    pub(super) async fn project(
        &mut self,
        desk: &mut Desk,
        page: &FeedPage,
        touches: &Arc<[Touch<P>]>,
        first: usize,
    ) -> Result<Option<usize>, Halt> {
        let mut count = self.batch.events().min(touches.len() - first);
        let mut backoff = Backoff::new();
        loop {
            let next = touches
                .get(first + count)
                .and_then(|touch| event(page, touch));
            let position = next.map_or_else(|| page.last(), |next| next.position().previous());
            let part = Part {
                page: page.clone(),
                touches: Arc::clone(touches),
                range: first..first + count,
            };
            let began = Instant::now();
            let outcome = self
                .commit(desk, position, |trace| {
                    Work::projection(part.clone(), trace)
                })
                .await?;
            let (at, error) = match outcome {
                Outcome::Committed => {
                    self.batch.took(began.elapsed());
                    self.trying = None;
                    desk.progress.saw(position);
                    return Ok(Some(count));
                }
                Outcome::Moved => {
                    // Somebody else keeps these tables as well, and was first.
                    self.open(desk).await?;
                    return Ok(None);
                }
                Outcome::BuildAgain => {
                    self.rebuild(desk).await?;
                    return Ok(None);
                }
                Outcome::Failed { at, error } => (at, error),
            };
            match at {
                // What comes before it is good.
                Some(before) if before > 0 => count = before.min(count),
                Some(_) => {
                    let failed = touches.get(first).and_then(|touch| event(page, touch));
                    self.judge(desk, failed, error, &mut backoff).await?;
                    // Alone, as long as nobody knows whether it works.
                    count = 1;
                    if desk.is_called() {
                        return Ok(None);
                    }
                }
                None => return Err(Halt::Fault(error.to_string())),
            }
        }
    }

    /// Waits before an event is tried again, or says that it is of no use.
    async fn judge(
        &mut self,
        desk: &mut Desk,
        event: Option<&FeedEvent>,
        error: HandlerError,
        backoff: &mut Backoff,
    ) -> Result<(), Halt> {
        let Some(event) = event else {
            return Err(Halt::Fault(error.to_string()));
        };
        let position = event.position();
        let before = self.trying.filter(|(trying, _)| *trying == position);
        let attempts = before.map_or(1, |(_, attempts)| attempts.saturating_add(1));
        self.trying = Some((position, attempts));
        let again = match error.severity() {
            Severity::Transient => true,
            Severity::Unclear => attempts < Self::ATTEMPTS,
            Severity::Permanent => false,
        };
        if !again {
            self.trying = None;
            return Err(Halt::Fault(format!(
                "event `{}` at position {position} ({}): {error}",
                event.meta().name,
                event.meta().stream,
            )));
        }
        let subscription = desk.progress.subscription();
        tracing::warn!(%subscription, %position, attempts, %error, "the projection fails, trying again");
        desk.progress.failing(Failing::Handler(error.to_string()));
        desk.wait_or_called(backoff).await
    }
}

fn event<'a, P: Tables>(page: &'a FeedPage, touch: &Touch<P>) -> Option<&'a FeedEvent> {
    page.events().get(touch.event)
}
