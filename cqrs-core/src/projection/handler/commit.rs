//! Committing how far a handler is, and what it has parked.

use bytes::Bytes;

use super::HandlerFollower;
use crate::{
    Position,
    projection::{
        backoff::Backoff,
        desk::{Desk, Halt},
        run::Follower,
    },
    store::documents::{Checkpoint, CommitError, PageCommit, ParkedEvent},
};

impl HandlerFollower {
    /// Commits that everything up to a position is dealt with. `false` when somebody else has moved the checkpoint, and
    /// it goes on from there.
    pub(super) async fn commit(
        &mut self,
        desk: &mut Desk,
        position: Position,
        park: Option<ParkedEvent>,
        unpark: Option<(Bytes, Position)>,
    ) -> Result<bool, Halt> {
        let parked: Vec<_> = park.iter().cloned().collect();
        if !self.submit(desk, position, park, unpark).await? {
            self.open(desk).await?;
            return Ok(false);
        }
        desk.progress.hold(&parked);
        self.unsaved = 0;
        if position > desk.progress.position() {
            desk.progress.saw(position);
        }
        Ok(true)
    }

    /// Commits what was handled before a wait. `false` as for [`commit`](Self::commit).
    pub(super) async fn flush_before_waiting(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        if self.unsaved == 0 {
            return Ok(true);
        }
        self.commit(desk, desk.progress.position(), None, None)
            .await
    }

    pub(super) async fn submit(
        &mut self,
        desk: &mut Desk,
        position: Position,
        park: Option<ParkedEvent>,
        unpark: Option<(Bytes, Position)>,
    ) -> Result<bool, Halt> {
        let checkpoint = Checkpoint {
            position,
            epoch: desk.lease.epoch(),
            paused: desk.paused,
            ..self.checkpoint.unwrap_or_default()
        };
        let commit = PageCommit {
            subscription: desk.progress.subscription().clone(),
            expected: self.checkpoint,
            checkpoint,
            reset: false,
            documents: Vec::new(),
            park: park.into_iter().collect(),
            unpark: unpark.into_iter().collect(),
        };
        let mut backoff = Backoff::of_the_store();
        loop {
            match desk.log.store.commit(commit.clone()).await {
                Ok(()) => {
                    desk.progress.works();
                    break;
                }
                Err(CommitError::Moved { .. }) => {
                    desk.moved().await?;
                    return Ok(false);
                }
                Err(CommitError::Store(error)) => desk.fails(&error, &mut backoff).await?,
            }
            // That it happened shows in the checkpoint, but not that it was ours: another node may have come as far, and
            // have parked something else.
            if desk.checkpoint().await? != commit.expected {
                return Ok(false);
            }
        }
        self.checkpoint = Some(checkpoint);
        Ok(true)
    }
}
