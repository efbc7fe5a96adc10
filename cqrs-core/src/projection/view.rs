//! Keeps the documents of one view.

mod cache;
mod commit;
mod erasure;
mod fold;
mod plan;
mod release;

use std::{fmt, marker::PhantomData, sync::Arc};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};

use self::{cache::Cache, commit::Changes, plan::Routes};
use super::{
    Progress, Subscriber, ViewSource,
    desk::{Desk, Halt},
    order::Released,
    run::{self, Follower},
};
use crate::{Position, View, feed::FeedPage, store::documents::Checkpoint};

pub(crate) struct ViewSubscriber<V> {
    source: Arc<ViewSource>,
    several: bool,
    of: PhantomData<fn() -> V>,
}

impl<V: View> ViewSubscriber<V> {
    /// `several` says that the events it follows belong to several aggregates.
    pub(crate) const fn new(source: Arc<ViewSource>, several: bool) -> Self {
        Self {
            source,
            several,
            of: PhantomData,
        }
    }
}

impl<V: View> fmt::Debug for ViewSubscriber<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ViewSubscriber<{}>", V::NAME)
    }
}

impl<V: View> Subscriber for ViewSubscriber<V> {
    fn progress(&self) -> &Arc<Progress> {
        &self.source.progress
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        let follower = ViewFollower::<V> {
            source: Arc::clone(&self.source),
            several: self.several,
            routes: Routes::new(),
            checkpoint: None,
            mixed: self.several,
            clean_until: Position::START,
            built_at: Position::START,
            cache: Cache::default(),
        };
        run::run(follower, desk).boxed()
    }
}

/// What the task of a view knows.
struct ViewFollower<V: View> {
    source: Arc<ViewSource>,
    several: bool,
    routes: Routes<V>,
    /// As it is stored.
    checkpoint: Option<Checkpoint>,
    /// Whether a document may be made of more than one stream.
    mixed: bool,
    /// Marks of erasure up to here need nothing done: no document was made from what they erased.
    clean_until: Position,
    /// From here on it is shown.
    built_at: Position,
    cache: Cache<V>,
}

impl<V: View> ViewFollower<V> {
    /// Finds out where it stands. `false` when somebody else moves it meanwhile.
    async fn try_open(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let stored = desk.checkpoint().await?;
        let head = desk.head().await?;
        let parked = desk.parked(None).await?;
        desk.progress.holds(&parked);
        let position = stored.map_or(Position::START, |stored| stored.position);
        if position > head {
            return Err(Halt::Fault(format!(
                "it stands at position {position}, beyond the head of the log, which is {head}: the log is of another history"
            )));
        }
        self.cache.clear();
        self.checkpoint = stored;
        self.mixed = self.several || stored.is_some_and(|stored| stored.mixed);
        self.clean_until = if stored.is_none() {
            head
        } else {
            Position::START
        };
        // A generation that has never been where the log ended is not shown half built.
        let was_built = stored.is_some_and(|stored| stored.built);
        self.built_at = if was_built { Position::START } else { head };
        desk.paused = stored.is_some_and(|stored| stored.paused);
        if !was_built && !self.show_if_built(desk, position).await? {
            return Ok(false);
        }
        desk.progress.goes_on(position, self.built_at);
        Ok(true)
    }

    /// With nothing to do first, of an empty log say, it is built at once, and readers go by what the store says. `false`
    /// when somebody else has moved it.
    async fn show_if_built(&mut self, desk: &mut Desk, position: Position) -> Result<bool, Halt> {
        Ok(position < self.built_at || self.commit(desk, position, Changes::default()).await?)
    }
}

impl<V: View> Follower for ViewFollower<V> {
    /// The mark of what was erased since comes later in the log, and undoes it.
    const READS_AHEAD: bool = true;

    async fn open(&mut self, desk: &mut Desk) -> Result<(), Halt> {
        while !self.try_open(desk).await? {}
        Ok(())
    }

    async fn take(&mut self, desk: &mut Desk, page: &FeedPage) -> Result<(), Halt> {
        if page.head() < self.clean_until {
            // It may say what was erased since, and the mark of that is passed over.
            desk.feed.read_anew();
            return Ok(());
        }
        let Some(mut plan) = self.plan(desk, page).await? else {
            // What it holds was made of what has been erased.
            return self.rebuild(desk).await;
        };
        desk.gauges.followed(plan.touches.len());
        self.load(desk, &mut plan).await?;
        self.fold(desk, page, &mut plan).await?;
        let changes = Self::changes(desk, page, &mut plan).await?;
        self.mixed |= plan.mixed;
        let passed = plan.last.get().saturating_sub(self.stored_position().get());
        let is_built_now = !self.is_marked_built() && plan.last >= self.built_at;
        if (changes.is_some() || passed >= Self::PASSES || is_built_now)
            && !self
                .commit(desk, plan.last, changes.unwrap_or_default())
                .await?
        {
            // Somebody else keeps this view as well, and was first.
            return self.open(desk).await;
        }
        desk.progress.saw(plan.last);
        self.cache.keep(plan.slots);
        plan.stop.map_or(Ok(()), |reason| Err(Halt::Fault(reason)))
    }

    async fn mark(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let position = desk.progress.position();
        self.commit(desk, position, Changes::default()).await
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
        while !self.reset(desk).await? {}
        let head = desk.head().await?;
        self.cache.clear();
        self.clean_until = head;
        self.built_at = head;
        desk.progress.holds(&[]);
        if !self.show_if_built(desk, Position::START).await? {
            return self.open(desk).await;
        }
        desk.progress.goes_on(Position::START, head);
        Ok(())
    }

    async fn release(
        &mut self,
        desk: &mut Desk,
        key: &Bytes,
        leave_out: Option<Position>,
    ) -> Result<Option<Released>, Halt> {
        self.release_key(desk, key, leave_out).await
    }
}
