//! Keeps the tables of one projection.

mod batch;
mod commit;
mod judge;
mod plan;
mod work;

use std::{collections::HashMap, fmt, sync::Arc};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};

use self::{batch::Batch, commit::Outcome, work::Work};
use super::{
    Progress, Subscriber,
    desk::{Desk, Halt},
    order::Released,
    run::{self, Follower},
};
use crate::{
    Position, Tables,
    feed::FeedPage,
    store::{documents::Checkpoint, tables::TableStore as _},
    tables::ProjectRow,
};

pub(crate) struct RowsSubscriber<P: Tables> {
    store: P::Store,
    progress: Arc<Progress>,
}

impl<P: Tables> RowsSubscriber<P> {
    pub(crate) const fn new(store: P::Store, progress: Arc<Progress>) -> Self {
        Self { store, progress }
    }
}

impl<P: Tables> fmt::Debug for RowsSubscriber<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RowsSubscriber<{}>", P::NAME)
    }
}

impl<P: Tables> Subscriber for RowsSubscriber<P> {
    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        let mut by_name = HashMap::new();
        for follow in P::follows() {
            for name in follow.kind.names() {
                by_name.entry(name).or_insert(follow.project);
            }
        }
        let follower = RowsFollower::<P> {
            store: self.store.clone(),
            by_name,
            checkpoint: None,
            clean_until: Position::START,
            shown_from: Position::START,
            published: false,
            batch: Batch::default(),
            trying: None,
        };
        run::run(follower, desk).boxed()
    }
}

/// What the task of a projection knows.
struct RowsFollower<P: Tables> {
    store: P::Store,
    /// How it follows events, by the names that they are stored under.
    by_name: HashMap<&'static str, ProjectRow<P>>,
    /// As it is stored.
    checkpoint: Option<Checkpoint>,
    /// Marks of erasure up to here need nothing done: no row was made from what they erased.
    clean_until: Position,
    /// From here on readers see it.
    shown_from: Position,
    /// Whether they do.
    published: bool,
    batch: Batch,
    /// The event that is tried again and again, and how often it was.
    trying: Option<(Position, u32)>,
}

impl<P: Tables> RowsFollower<P> {
    /// How many positions are passed over before that is worth a commit.
    const PASSES: u64 = 1_000;

    fn stored_position(&self) -> Position {
        self.checkpoint
            .map_or(Position::START, |stored| stored.position)
    }

    /// Makes the tables, empty, in place of any that are there. `false` when somebody else has moved the checkpoint,
    /// which is known then.
    async fn begin(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let checkpoint = Checkpoint {
            position: Position::START,
            built: false,
            epoch: desk.lease.epoch(),
            paused: desk.paused,
            ..self.checkpoint.unwrap_or_default()
        };
        self.published = false;
        match self
            .submit(desk, checkpoint, false, true, Work::creation)
            .await?
        {
            Outcome::Committed => Ok(true),
            Outcome::Moved | Outcome::BuildAgain => {
                self.checkpoint = desk.checkpoint().await?;
                Ok(false)
            }
            // Nothing but its tables can fail it, and they would do so every time.
            Outcome::Failed { error, .. } => {
                Err(Halt::Fault(format!("its tables cannot be made: {error}")))
            }
        }
    }

    /// Shows it to readers at once when there is nothing more to do first. `false` when somebody else has moved the
    /// checkpoint.
    async fn show_if_built(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let position = self.stored_position();
        if self.published || position < self.shown_from {
            return Ok(true);
        }
        self.pass(desk, position).await
    }
}

impl<P: Tables> Follower for RowsFollower<P> {
    /// The mark of what was erased since comes later in the log.
    const READS_AHEAD: bool = true;

    async fn open(&mut self, desk: &mut Desk) -> Result<(), Halt> {
        loop {
            self.checkpoint = desk.checkpoint().await?;
            let head = desk.head().await?;
            let position = self.stored_position();
            if position > head {
                return Err(Halt::Fault(format!(
                    "it stands at position {position}, beyond the head of the log, which is {head}: the log is of another history"
                )));
            }
            self.clean_until = Position::START;
            if self.checkpoint.is_none() {
                self.clean_until = head;
                if !self.begin(desk).await? {
                    continue;
                }
            }
            let (store, progress) = (self.store.clone(), Arc::clone(&desk.progress));
            // One that has never been where the log ended is not shown half built.
            self.published = self.checkpoint.is_some_and(|stored| stored.built)
                && desk
                    .insist(|| store.is_published(progress.subscription()))
                    .await?;
            self.shown_from = if self.published {
                Position::START
            } else {
                head
            };
            self.trying = None;
            desk.paused = self.checkpoint.is_some_and(|stored| stored.paused);
            if self.show_if_built(desk).await? {
                desk.progress.goes_on(position, self.shown_from);
                return Ok(());
            }
        }
    }

    async fn take(&mut self, desk: &mut Desk, page: &FeedPage) -> Result<(), Halt> {
        if page.head() < self.clean_until {
            // It may say what was erased since, and the mark of that is passed over.
            desk.feed.read_anew();
            return Ok(());
        }
        let touches = self.plan(desk, page).await?;
        desk.gauges.followed(touches.len());
        let mut done = 0;
        while done < touches.len() {
            let Some(more) = self.project(desk, page, &touches, done).await? else {
                // It goes on from where the store says that it is, or later.
                return Ok(());
            };
            done += more;
            if done < touches.len() && desk.is_called() {
                return Ok(());
            }
        }
        let last = page.last();
        let passed = last.get().saturating_sub(self.stored_position().get());
        let is_shown_now = !self.published && last >= self.shown_from;
        if (passed >= Self::PASSES || is_shown_now) && !self.pass(desk, last).await? {
            return self.open(desk).await;
        }
        desk.progress.saw(last);
        Ok(())
    }

    async fn mark(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let position = desk.progress.position();
        self.pass(desk, position).await
    }

    async fn flush(&mut self, desk: &mut Desk) -> Result<(), Halt> {
        if desk.progress.position() > self.stored_position() {
            // When somebody else was first there is nothing left to say.
            let _first = self.mark(desk).await?;
        }
        Ok(())
    }

    async fn rebuild(&mut self, desk: &mut Desk) -> Result<(), Halt> {
        let subscription = desk.progress.subscription();
        tracing::info!(%subscription, "is built again");
        // Another runner's commit may come between.
        while !self.begin(desk).await? {}
        let head = desk.head().await?;
        self.clean_until = head;
        self.shown_from = head;
        self.trying = None;
        desk.progress.goes_on(Position::START, head);
        Ok(())
    }

    async fn release(
        &mut self,
        _: &mut Desk,
        _: &Bytes,
        _: Option<Position>,
    ) -> Result<Option<Released>, Halt> {
        // A row may be made of any event, so nothing is parked by itself.
        Ok(None)
    }
}
