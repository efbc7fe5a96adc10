//! Gives events to one handler.

mod breaker;
mod commit;
mod deliver;
mod release;

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};

use self::{breaker::Breaker, deliver::Delivery};
use super::{
    Progress, Subscriber,
    desk::{Desk, Halt},
    order::Released,
    run::{self, Follower},
};
use crate::{
    FeedEvent, Position,
    feed::FeedPage,
    registry::Listen,
    store::documents::{Checkpoint, ParkedEvent},
    view::ordered_bytes,
};

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
        &self.progress
    }

    fn run(&self, desk: Desk) -> BoxFuture<'static, ()> {
        let mut by_name = HashMap::new();
        for listen in self.listens {
            for name in listen.kind.names() {
                by_name.entry(name).or_insert(listen);
            }
        }
        let follower = HandlerFollower {
            by_name,
            from_beginning: self.from_beginning,
            checkpoint: None,
            breaker: Breaker::default(),
            trying: None,
            unsaved: 0,
        };
        run::run(follower, desk).boxed()
    }
}

/// What the task of a handler knows.
#[derive(Debug)]
struct HandlerFollower {
    by_name: HashMap<&'static str, &'static Listen>,
    from_beginning: bool,
    /// As it is stored.
    checkpoint: Option<Checkpoint>,
    breaker: Breaker,
    /// The event that is tried again and again, and how often it was.
    trying: Option<(Position, u32)>,
    /// Events that were handled since the last commit, and would come again.
    unsaved: u32,
}

impl HandlerFollower {
    /// How many events may be handled before that is committed, while more wait.
    const UNSAVED: u32 = 64;

    /// How many positions are passed over before that is worth a commit.
    const PASSES: u64 = 1_000;

    fn listen(&self, event: &FeedEvent) -> Option<&'static Listen> {
        let meta = event.meta();
        let listen = self.by_name.get(&*meta.name).copied();
        listen.filter(|_| !meta.is_erased())
    }

    fn stored_position(&self) -> Position {
        self.checkpoint
            .map_or(Position::START, |stored| stored.position)
    }

    /// Delivers an event that the handler follows, or parks it. `false` when it is left for later.
    async fn deal_with(
        &mut self,
        desk: &mut Desk,
        listen: &Listen,
        event: &FeedEvent,
    ) -> Result<bool, Halt> {
        let key = key_of(event)?;
        if desk.progress.is_held(&key) {
            let behind = park(desk, key, event, 0, String::new());
            return self
                .commit(desk, event.position(), Some(behind), None)
                .await;
        }
        let (attempts, error) = match self.deliver(desk, listen, event).await? {
            Delivery::Handled => {
                self.breaker.handled();
                self.unsaved += 1;
                desk.progress.saw(event.position());
                if self.unsaved >= Self::UNSAVED {
                    return self.commit(desk, event.position(), None, None).await;
                }
                return Ok(true);
            }
            Delivery::Interrupted => return Ok(false),
            Delivery::Failed { attempts, error } => (attempts, error),
        };
        if self.breaker.failed(&key) {
            self.flush(desk).await?;
            return Err(Halt::Fault(format!(
                "more than {} streams failed among the last {} events, so it waits for somebody to look at it; the last one, {} at position {}: {error}",
                Breaker::STREAMS,
                Breaker::EVENTS,
                event.meta().stream,
                event.position(),
            )));
        }
        let subscription = desk.progress.subscription();
        let (stream, position) = (&event.meta().stream, event.position());
        tracing::error!(%subscription, %stream, %position, error, "parked");
        let parked = park(desk, key, event, attempts, error);
        self.commit(desk, position, Some(parked), None).await
    }
}

impl Follower for HandlerFollower {
    /// It may try one event for days, and what was erased meanwhile is not to be told to anybody.
    const READS_AHEAD: bool = false;

    async fn open(&mut self, desk: &mut Desk) -> Result<(), Halt> {
        let mut head = desk.head().await?;
        let mut stored = desk.checkpoint().await?;
        while stored.is_none() {
            let first = if self.from_beginning {
                Position::START
            } else {
                head
            };
            self.checkpoint = None;
            // At once, so that it starts here the next time too.
            stored = if self.submit(desk, first, None, None).await? {
                self.checkpoint
            } else {
                desk.checkpoint().await?
            };
        }
        let position = stored.map_or(Position::START, |stored| stored.position);
        if position > head {
            // Another node may have gone on since the end was looked for.
            head = desk.head().await?;
        }
        if position > head {
            return Err(Halt::Fault(format!(
                "it stands at position {position}, beyond the head of the log, which is {head}: the log is of another history"
            )));
        }
        let parked = desk.parked(None).await?;
        desk.progress.holds(&parked);
        // Not before it is known to be right: orders may come although it has stopped.
        self.checkpoint = stored;
        self.breaker = Breaker::default();
        self.trying = None;
        self.unsaved = 0;
        desk.paused = self.checkpoint.is_some_and(|stored| stored.paused);
        desk.progress.goes_on(position, Position::START);
        Ok(())
    }

    async fn take(&mut self, desk: &mut Desk, page: &FeedPage) -> Result<(), Halt> {
        for event in page.events() {
            let Some(listen) = self.listen(event) else {
                continue;
            };
            desk.gauges.followed(1);
            if !self.deal_with(desk, listen, event).await? || desk.is_called() {
                return Ok(());
            }
        }
        let last = page.last();
        desk.progress.saw(last);
        let passed = last.get().saturating_sub(self.stored_position().get());
        if self.unsaved > 0 || passed >= Self::PASSES {
            self.commit(desk, last, None, None).await?;
        }
        Ok(())
    }

    async fn mark(&mut self, desk: &mut Desk) -> Result<bool, Halt> {
        let position = desk.progress.position();
        self.unsaved = 0;
        self.submit(desk, position, None, None).await
    }

    async fn flush(&mut self, desk: &mut Desk) -> Result<(), Halt> {
        let position = desk.progress.position();
        if position > self.stored_position() {
            self.commit(desk, position, None, None).await?;
        }
        Ok(())
    }

    async fn rebuild(&mut self, _: &mut Desk) -> Result<(), Halt> {
        // What a handler did cannot be forgotten.
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

/// What an event is parked by: its stream.
fn key_of(event: &FeedEvent) -> Result<Bytes, Halt> {
    let stream = &event.meta().stream;
    ordered_bytes(&(stream.aggregate(), stream.id()))
        .map(Bytes::from)
        .map_err(|error| Halt::Fault(error.to_string()))
}

fn park(desk: &Desk, key: Bytes, event: &FeedEvent, attempts: u32, error: String) -> ParkedEvent {
    ParkedEvent {
        key,
        key_text: event.meta().stream.to_string(),
        position: event.position(),
        attempts,
        error,
        parked_at: desk.log.clock.now(),
    }
}
