//! Committing what was done to the tables, together with the checkpoint.

use std::sync::Arc;

use super::{
    RowsFollower,
    work::{Trace, Work},
};
use crate::{
    HandlerError, Position, Tables,
    projection::{
        backoff::Backoff,
        desk::{Desk, Halt},
    },
    store::{
        documents::{Checkpoint, PageCommit},
        tables::{TableStore as _, TablesCommit, TablesError},
    },
};

/// What became of a transaction.
#[derive(Debug)]
pub(super) enum Outcome {
    Committed,
    /// Somebody else has moved the checkpoint.
    Moved,
    /// A stream was erased, and nobody can tell what was made of it.
    BuildAgain,
    /// The work failed, at the event with this number if it was one.
    Failed {
        at: Option<usize>,
        error: HandlerError,
    },
}

impl<P: Tables> RowsFollower<P> {
    /// Commits that everything up to a position is dealt with, with what is done to the tables.
    pub(super) async fn commit(
        &mut self,
        desk: &mut Desk,
        position: Position,
        work: impl Fn(Arc<Trace>) -> Work<P> + Send,
    ) -> Result<Outcome, Halt> {
        let is_there = position >= self.shown_from;
        let stored = self.checkpoint.unwrap_or_default();
        let checkpoint = Checkpoint {
            position,
            built: stored.built || is_there,
            epoch: desk.lease.epoch(),
            paused: desk.paused,
            ..stored
        };
        let publish = is_there && !self.published;
        self.submit(desk, checkpoint, publish, false, work).await
    }

    /// Commits that what comes up to a position changes nothing. `false` when somebody else has moved the checkpoint.
    pub(super) async fn pass(&mut self, desk: &mut Desk, position: Position) -> Result<bool, Halt> {
        match self.commit(desk, position, Work::nothing).await? {
            Outcome::Committed => Ok(true),
            Outcome::Moved | Outcome::BuildAgain => Ok(false),
            Outcome::Failed { error, .. } => Err(Halt::Fault(error.to_string())),
        }
    }

    /// Tries until it is known what became of it. The work is made anew for each try.
    pub(super) async fn submit(
        &mut self,
        desk: &mut Desk,
        checkpoint: Checkpoint,
        publish: bool,
        reset: bool,
        work: impl Fn(Arc<Trace>) -> Work<P> + Send,
    ) -> Result<Outcome, Halt> {
        let mut backoff = Backoff::new();
        loop {
            let trace = Arc::default();
            let commit = TablesCommit {
                page: PageCommit {
                    subscription: desk.progress.subscription().clone(),
                    expected: self.checkpoint,
                    checkpoint,
                    reset,
                    documents: Vec::new(),
                    park: Vec::new(),
                    unpark: Vec::new(),
                },
                publish,
                work: Box::new(work(Arc::clone(&trace))),
            };
            match self.store.commit_tables(commit).await {
                Ok(()) => break,
                Err(TablesError::Moved { .. }) => {
                    desk.moved().await?;
                    return Ok(Outcome::Moved);
                }
                Err(TablesError::Work(_)) if trace.is_to_be_built_again() => {
                    return Ok(Outcome::BuildAgain);
                }
                Err(TablesError::Work(error)) => {
                    let at = trace.failed_at();
                    return Ok(Outcome::Failed { at, error });
                }
                Err(TablesError::Store(error)) => desk.fails(&error, &mut backoff).await?,
            }
            // That it happened shows in the checkpoint, but not that it was ours: it goes on from there.
            if desk.checkpoint().await? != self.checkpoint {
                return Ok(Outcome::Moved);
            }
        }
        self.checkpoint = Some(checkpoint);
        self.published |= publish;
        Ok(Outcome::Committed)
    }
}
