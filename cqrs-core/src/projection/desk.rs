//! What the task of a view or handler has at hand.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

use super::{
    Progress,
    backoff::Backoff,
    gauges::Gauges,
    keeper::Company,
    lease::Lease,
    order::{Order, Refusal},
    progress::{Failing, State},
};
use crate::{
    Dispatcher, EventQuery, FeedEvent, Position, Range, ReadError, StoreError,
    feed::{Feed, FeedPage},
    log::Log,
    store::{
        documents::{Checkpoint, ParkedEvent},
        error::StoreErrorKind,
    },
};

/// What the task of a view or handler has at hand.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(super) feed: Arc<Feed>,
    pub(super) log: Arc<Log>,
    pub(super) progress: Arc<Progress>,
    pub(super) dispatcher: Dispatcher,
    pub(super) gauges: Gauges,
    /// Whether it is for this node to run.
    pub(super) lease: Lease,
    pub(super) company: Arc<Company>,
    /// Whether an operator has paused it.
    pub(super) paused: bool,
    stop: watch::Receiver<bool>,
    orders: mpsc::Receiver<Order>,
    waiting: VecDeque<Order>,
}

/// What a desk is made of.
pub(super) struct Supplies {
    pub(super) feed: Arc<Feed>,
    pub(super) log: Arc<Log>,
    pub(super) progress: Arc<Progress>,
    pub(super) dispatcher: Dispatcher,
    pub(super) lease: Lease,
    pub(super) company: Arc<Company>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) orders: mpsc::Receiver<Order>,
}

/// Why it does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// The app ends.
    Stopping,
    /// An operator said so.
    Paused,
    /// It is not for this node to run any more.
    Lost,
    /// It cannot, until somebody does something.
    Fault(String),
}

/// A failure below, which may be over later.
pub(super) trait Failure {
    /// The store's own failure, when trying again may help.
    fn again(&self) -> Option<StoreError>;
    /// What to say when not.
    fn text(&self) -> String;
}

impl Failure for StoreError {
    fn again(&self) -> Option<StoreError> {
        use StoreErrorKind::{Closed, Corrupt, HistoryChanged, TooNew};
        (!matches!(self.kind(), Closed | Corrupt | HistoryChanged | TooNew)).then(|| self.clone())
    }

    fn text(&self) -> String {
        crate::guard::with_causes(self)
    }
}

impl Failure for ReadError {
    fn again(&self) -> Option<StoreError> {
        match self {
            Self::Store(error) => error.again(),
            Self::BeyondHead { .. } | Self::FeedGap { .. } => None,
        }
    }

    fn text(&self) -> String {
        crate::guard::with_causes(self)
    }
}

impl Desk {
    /// How often it is said how far behind something is that does not go on.
    const REPORT_EVERY: Duration = Duration::from_secs(10);

    pub(super) fn new(supplies: Supplies) -> Self {
        let Supplies {
            feed,
            log,
            progress,
            dispatcher,
            lease,
            company,
            stop,
            orders,
        } = supplies;
        let gauges = Gauges::new(progress.subscription());
        Self {
            feed,
            log,
            progress,
            dispatcher,
            gauges,
            lease,
            company,
            paused: false,
            stop,
            orders,
            waiting: VecDeque::new(),
        }
    }

    /// Waits until it is for this node to run. `false` when the app ends.
    pub(super) async fn seated(&mut self) -> bool {
        loop {
            if self.lease.is_lost() {
                for order in self.waiting.drain(..) {
                    order.answer(Err(Refusal::Elsewhere));
                }
            }
            let order = tokio::select! {
                biased;
                // Ends when the app does without saying so, too.
                _ = self.stop.wait_for(|stop| *stop) => return false,
                // Before orders: they are for this node then.
                held = self.lease.held() => return held,
                order = self.orders.recv() => order,
                () = sleep(Self::REPORT_EVERY) => None,
            };
            self.waiting.extend(order);
            self.report();
        }
    }

    /// Somebody else has moved the checkpoint: finds out whether it is still for this node to run.
    pub(super) async fn moved(&mut self) -> Result<(), Halt> {
        let heard = self.lease.heard();
        self.company.doubt();
        tokio::select! {
            () = heard => {}
            _ = self.stop.wait_for(|stop| *stop) => return Err(Halt::Stopping),
        }
        self.keep_on()
    }

    /// An error when it is not for this node to run any more.
    pub(super) fn keep_on(&self) -> Result<(), Halt> {
        if self.lease.is_lost() {
            Err(Halt::Lost)
        } else {
            Ok(())
        }
    }

    /// Whether the app ends.
    pub(super) fn is_stopping(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    /// The next order, if one waits.
    pub(super) fn order(&mut self) -> Option<Order> {
        let waiting = self.waiting.pop_front();
        waiting.or_else(|| self.orders.try_recv().ok())
    }

    /// Waits until the app ends, an operator gives an order, or it is for another node to run.
    pub(super) async fn called(&mut self) {
        if !self.waiting.is_empty() {
            return;
        }
        tokio::select! {
            // Ends when the app does without saying so, too.
            _ = self.stop.wait_for(|stop| *stop) => {}
            () = self.lease.lost() => {}
            order = self.orders.recv() => self.waiting.extend(order),
        }
    }

    /// As [`called`](Self::called), and says meanwhile how far behind it is.
    pub(super) async fn called_at_last(&mut self) {
        loop {
            self.report();
            if timeout(Self::REPORT_EVERY, self.called()).await.is_ok() {
                return;
            }
        }
    }

    /// Waits until the log goes on, or somebody [calls](Self::called).
    pub(super) async fn more(&mut self) {
        let (feed, position) = (Arc::clone(&self.feed), self.progress.position());
        tokio::select! {
            () = feed.beyond(position) => {}
            () = self.called() => {}
        }
    }

    /// Whether the app ends, an order waits, or it is for another node to run.
    pub(super) fn is_called(&mut self) -> bool {
        while let Ok(order) = self.orders.try_recv() {
            self.waiting.push_back(order);
        }
        !self.waiting.is_empty() || self.is_stopping() || self.lease.is_lost()
    }

    /// Waits a while before the next attempt, or until somebody [calls](Self::called).
    pub(super) async fn wait_or_called(&mut self, backoff: &mut Backoff) -> Result<(), Halt> {
        self.report();
        let wait = if self.log.impatient {
            Duration::from_millis(1)
        } else {
            backoff.next()
        };
        // Time that runs out is nothing to tell.
        let _called = timeout(wait, self.called()).await.is_ok();
        if self.is_stopping() {
            return Err(Halt::Stopping);
        }
        self.keep_on()
    }

    /// Waits a while before the next attempt.
    pub(super) async fn wait(&mut self, backoff: &mut Backoff) -> Result<(), Halt> {
        self.report();
        tokio::select! {
            () = sleep(backoff.next()) => {}
            _ = self.stop.wait_for(|stop| *stop) => return Err(Halt::Stopping),
            () = self.lease.lost() => {}
        }
        self.keep_on()
    }

    /// Tries until it works, the app ends, or trying again is of no use.
    pub(super) async fn insist<T, E, F>(
        &mut self,
        mut attempt: impl FnMut() -> F + Send,
    ) -> Result<T, Halt>
    where
        T: Send,
        E: Failure + Send + Sync,
        F: Future<Output = Result<T, E>> + Send,
    {
        let mut backoff = Backoff::of_the_store();
        loop {
            match attempt().await {
                Ok(done) => {
                    self.progress.works();
                    return Ok(done);
                }
                Err(error) => self.fails(&error, &mut backoff).await?,
            }
        }
    }

    /// Waits before the next attempt at what failed, if it is worth one.
    pub(super) async fn fails<E: Failure + Sync>(
        &mut self,
        error: &E,
        backoff: &mut Backoff,
    ) -> Result<(), Halt> {
        let Some(again) = error.again() else {
            return Err(Halt::Fault(error.text()));
        };
        let subscription = self.progress.subscription();
        tracing::warn!(%subscription, error = %error.text(), "the store fails, trying again");
        self.progress.failing(Failing::Store(again));
        self.wait(backoff).await
    }

    /// Where it stands in the store.
    pub(super) async fn checkpoint(&mut self) -> Result<Option<Checkpoint>, Halt> {
        let (log, progress) = (Arc::clone(&self.log), Arc::clone(&self.progress));
        self.insist(|| log.store.checkpoint(progress.subscription()))
            .await
    }

    /// What it has parked, or what it has of one key.
    pub(super) async fn parked(
        &mut self,
        key: Option<&bytes::Bytes>,
    ) -> Result<Vec<ParkedEvent>, Halt> {
        let (log, progress) = (Arc::clone(&self.log), Arc::clone(&self.progress));
        self.insist(|| log.store.parked(progress.subscription(), key))
            .await
    }

    /// Where the log ends.
    pub(super) async fn head(&mut self) -> Result<Position, Halt> {
        let log = Arc::clone(&self.log);
        self.insist(|| log.store.head()).await
    }

    /// The event at a position.
    pub(super) async fn event(&mut self, position: Position) -> Result<Option<FeedEvent>, Halt> {
        let log = Arc::clone(&self.log);
        let (query, range) = (
            EventQuery::all(),
            Range::after(position.previous()).limit(1),
        );
        let page = self.insist(|| log.store.read(&query, range)).await?;
        Ok(page.events.into_iter().map(FeedEvent::new).next())
    }

    /// What comes next.
    pub(super) async fn next_page(&mut self) -> Result<FeedPage, Halt> {
        let (feed, after) = (Arc::clone(&self.feed), self.progress.position());
        self.insist(|| feed.page(after)).await
    }

    /// Tells monitoring how far it is, and how it is doing.
    pub(super) fn report(&self) {
        let position = self.progress.position();
        let behind = self.feed.head().get().saturating_sub(position.get());
        let status = self.progress.status();
        let is_well = matches!(status.state, State::Running) && status.failing.is_none();
        self.gauges.running(is_well && !self.lease.is_lost());
        self.gauges.position(position);
        let since = status.behind_since.filter(|_| behind > 0);
        self.gauges.lag(
            behind,
            since.and_then(|since| self.log.clock.now().duration_since(since).ok()),
        );
        self.gauges.parked(self.progress.held_keys());
    }
}
