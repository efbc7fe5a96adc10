//! Checkpoints that are written over.

use async_trait::async_trait;
use cqrs_core::{
    Memory,
    store::documents::{CommitError, PageCommit, ViewStore},
};
use tokio::{sync::Mutex, task::yield_now};

use crate::twist::Twist;

/// A checkpoint is written without looking at the one that is there.
#[derive(Debug, Default)]
pub(crate) struct OverwritesCheckpoints(Mutex<()>);

#[async_trait]
impl Twist for OverwritesCheckpoints {
    async fn commit(&self, inner: &Memory, mut commit: PageCommit) -> Result<(), CommitError> {
        let _one_at_a_time = self.0.lock().await;
        commit.expected = inner.checkpoint(&commit.subscription).await?;
        inner.commit(commit).await
    }
}

/// The checkpoint that is there is looked at first, and another one written in a second step.
#[derive(Debug, Default)]
pub(crate) struct LooksBeforeItOverwrites(OverwritesCheckpoints);

#[async_trait]
impl Twist for LooksBeforeItOverwrites {
    async fn commit(&self, inner: &Memory, commit: PageCommit) -> Result<(), CommitError> {
        let subscription = commit.subscription.clone();
        if inner.checkpoint(&subscription).await? != commit.expected {
            return Err(CommitError::Moved { subscription });
        }
        yield_now().await;
        self.0.commit(inner, commit).await
    }
}

/// Of the checkpoint that is there only the position is looked at.
#[derive(Debug, Default)]
pub(crate) struct LooksOnlyAtThePosition(OverwritesCheckpoints);

#[async_trait]
impl Twist for LooksOnlyAtThePosition {
    async fn commit(&self, inner: &Memory, commit: PageCommit) -> Result<(), CommitError> {
        let subscription = commit.subscription.clone();
        let there = inner.checkpoint(&subscription).await?;
        if there.map(|there| there.position) != commit.expected.map(|expected| expected.position) {
            return Err(CommitError::Moved { subscription });
        }
        self.0.commit(inner, commit).await
    }
}
