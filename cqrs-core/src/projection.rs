//! Views and handlers that follow the log.

mod backoff;
mod commanding;
mod desk;
mod erased;
mod gauges;
mod generations;
mod handler;
mod keeper;
mod lease;
mod onlooker;
mod order;
mod progress;
mod report;
mod rows;
mod run;
mod seat;
mod source;
mod view;
mod waiting;

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use futures::future::BoxFuture;
use tokio::{
    runtime::Handle,
    sync::{Notify, watch},
    time::{Instant, timeout_at},
};

use self::{
    desk::{Desk, Supplies},
    generations::Generations,
    keeper::{Company, Keeper},
    lease::Lease,
    onlooker::Onlooker,
    seat::Seat,
};
pub(crate) use self::{
    handler::HandlerSubscriber,
    lease::Node,
    order::{Refusal, Released, What},
    progress::{Failing, Progress, State},
    report::{Doing, Report},
    rows::RowsSubscriber,
    source::ViewSource,
    view::ViewSubscriber,
};
use crate::{
    Dispatcher, Position,
    feed::Feed,
    log::Log,
    store::documents::{Subscription, SubscriptionKind},
};

/// Everything that follows the log in one app. Dropped, it ends it.
#[derive(Debug)]
pub(crate) struct Projections {
    log: Arc<Log>,
    feed: Arc<Feed>,
    node: Node,
    seats: Arc<[Seat]>,
    company: Arc<Company>,
    /// Wakes who watches what runs on other nodes.
    look: Arc<Notify>,
    /// Ends handlers, then views: what handlers do, views are to see. Each that runs has a receiver, so that the last has
    /// ended when there is none.
    stop_handlers: watch::Sender<bool>,
    stop_views: watch::Sender<bool>,
    /// Then lets go of the leases.
    stop_keeper: watch::Sender<bool>,
}

/// What follows the log: one generation of a view, or a handler.
pub(crate) trait Subscriber: Send + Sync + fmt::Debug + 'static {
    fn progress(&self) -> &Arc<Progress>;

    /// Follows the log until the app ends.
    fn run(&self, desk: Desk) -> BoxFuture<'static, ()>;
}

impl Projections {
    pub(crate) fn new(log: Arc<Log>, node: Node, subscribers: Vec<Box<dyn Subscriber>>) -> Self {
        let look = Arc::new(Notify::new());
        let seat = |subscriber: Box<dyn Subscriber>| {
            subscriber.progress().watched_by(&look);
            Seat::new(subscriber)
        };
        Self {
            feed: Arc::new(Feed::new(Arc::clone(&log))),
            log,
            node: node.with_sound_term(),
            seats: subscribers.into_iter().map(seat).collect(),
            company: Arc::default(),
            look,
            stop_handlers: watch::Sender::new(false),
            stop_views: watch::Sender::new(false),
            stop_keeper: watch::Sender::new(false),
        }
    }

    /// Begins to follow. `dispatcher` is what handlers send on with.
    pub(crate) fn start(&self, tasks: &Handle, dispatcher: &Dispatcher) {
        if self.seats.is_empty() {
            return;
        }
        let (feed, mut stop) = (Arc::clone(&self.feed), self.stop_views.subscribe());
        tasks.spawn(async move {
            tokio::select! {
                () = feed.follow_head() => {}
                // Ends when the app is dropped, too.
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
        for seat in &*self.seats {
            let mut inbox = seat.inbox.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(inbox) = inbox.take() else { continue };
            let stop = match seat.subscriber.progress().subscription().kind {
                SubscriptionKind::Handler => &self.stop_handlers,
                SubscriptionKind::View | SubscriptionKind::Projection => &self.stop_views,
            };
            let desk = Desk::new(Supplies {
                feed: Arc::clone(&self.feed),
                log: Arc::clone(&self.log),
                progress: Arc::clone(seat.subscriber.progress()),
                dispatcher: dispatcher.clone(),
                lease: Lease::new(seat.tenure.subscribe()),
                company: Arc::clone(&self.company),
                stop: stop.subscribe(),
                orders: inbox,
            });
            let task = tasks.spawn(seat.subscriber.run(desk)).abort_handle();
            // Who takes the inbox is alone in setting it.
            let _first = seat.task.set(task).is_ok();
        }
        self.keep_leases(tasks);
    }

    fn keep_leases(&self, tasks: &Handle) {
        let keeper = Keeper {
            log: Arc::clone(&self.log),
            node: self.node.clone(),
            seats: Arc::clone(&self.seats),
            company: Arc::clone(&self.company),
            look: Arc::clone(&self.look),
            in_hand: Arc::default(),
        };
        let onlooker = Onlooker {
            log: Arc::clone(&self.log),
            seats: Arc::clone(&self.seats),
            look: Arc::clone(&self.look),
        };
        tasks.spawn(keeper.keep(self.stop_keeper.subscribe()));
        tasks.spawn(onlooker.watch(self.stop_keeper.subscribe()));
        if let Some(after) = self.node.forget_after {
            let generations = Generations {
                log: Arc::clone(&self.log),
                seats: Arc::clone(&self.seats),
                after,
                since: Instant::now(),
            };
            tasks.spawn(generations.keep(self.stop_keeper.subscribe()));
        }
    }

    /// Ends the handlers, and commits where each stands. The answer is which had not ended by then.
    pub(crate) async fn stop_handlers(&self, until: Instant) -> Vec<Subscription> {
        self.stop(&self.stop_handlers, until, |kind| {
            kind == SubscriptionKind::Handler
        })
        .await
    }

    /// Ends the views, and commits where each stands. The answer is which had not ended by then.
    pub(crate) async fn stop_views(&self, until: Instant) -> Vec<Subscription> {
        self.stop(&self.stop_views, until, |kind| {
            kind != SubscriptionKind::Handler
        })
        .await
    }

    async fn stop(
        &self,
        stop: &watch::Sender<bool>,
        until: Instant,
        is_meant: impl Fn(SubscriptionKind) -> bool,
    ) -> Vec<Subscription> {
        stop.send_replace(true);
        if timeout_at(until, stop.closed()).await.is_ok() {
            return Vec::new();
        }
        let seats = self.seats.iter();
        seats
            .filter(|seat| is_meant(seat.subscriber.progress().subscription().kind))
            .filter(|seat| seat.give_up())
            .map(|seat| seat.subscriber.progress().subscription().clone())
            .collect()
    }

    /// Lets go of the leases, so that another node need not wait for them to run out.
    pub(crate) async fn leave(&self) {
        self.stop_keeper.send_replace(true);
        self.stop_keeper.closed().await;
    }

    /// Where each stands.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Progress>> {
        self.seats.iter().map(|seat| seat.subscriber.progress())
    }

    /// Where the log ends, as far as is known.
    pub(crate) fn head(&self) -> Position {
        self.feed.head()
    }
}
