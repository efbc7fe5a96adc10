//! Views and handlers that follow the log.

mod backoff;
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
mod source;
mod view;

use std::{
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::{
    runtime::Handle,
    sync::{Notify, mpsc, watch},
    task::AbortHandle,
    time::{Instant, timeout, timeout_at},
};

use self::{
    desk::{Desk, Supplies},
    generations::Generations,
    keeper::{Company, Keeper},
    lease::{Lease, Tenure},
    onlooker::Onlooker,
    order::{Answer, Order},
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
    Dispatcher, OrderId, Position, ReadError, StoreError,
    feed::Feed,
    log::Log,
    store::{
        documents::{Subscription, SubscriptionKind},
        leases::LeaseOrder,
    },
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

/// One that follows, and the way to reach it.
#[derive(Debug)]
struct Seat {
    subscriber: Box<dyn Subscriber>,
    orders: mpsc::Sender<Order>,
    /// The other end, until it runs.
    inbox: Mutex<Option<mpsc::Receiver<Order>>>,
    /// What runs it, once it does.
    task: OnceLock<AbortHandle>,
    tenure: watch::Sender<Tenure>,
}

impl Seat {
    /// Whether it is for this node to run.
    fn is_here(&self) -> bool {
        self.tenure.borrow().epoch().is_some()
    }

    fn is_elsewhere(&self) -> bool {
        matches!(*self.tenure.borrow(), Tenure::Elsewhere { .. })
    }

    /// Ends it where it waits, as if the process had been killed there. `false` when it has ended.
    ///
    /// What blocks its thread hears nothing of it, and nobody waits for that.
    fn give_up(&self) -> bool {
        let runs = self.task.get().filter(|task| !task.is_finished());
        if let Some(task) = runs {
            task.abort();
            self.subscriber.progress().ended();
        }
        runs.is_some()
    }
}

/// What follows the log: one generation of a view, or a handler.
pub(crate) trait Subscriber: Send + Sync + fmt::Debug + 'static {
    fn progress(&self) -> &Arc<Progress>;

    /// Follows the log until the app ends.
    fn run(&self, desk: Desk) -> BoxFuture<'static, ()>;
}

impl Projections {
    /// Orders that may wait for one that follows.
    const ORDERS: usize = 16;

    /// How soon it is looked whether another node has carried an order out.
    const ANSWER_POLL: Duration = Duration::from_millis(50);

    /// How long another node has to carry an order out.
    const ANSWER_LIMIT: Duration = Duration::from_secs(60);

    /// How long it may take after that until this node knows how things are there.
    const HEARD_LIMIT: Duration = Duration::from_secs(1);

    pub(crate) fn new(log: Arc<Log>, node: Node, subscribers: Vec<Box<dyn Subscriber>>) -> Self {
        let look = Arc::new(Notify::new());
        let seat = |subscriber: Box<dyn Subscriber>| {
            subscriber.progress().watched_by(&look);
            let (orders, inbox) = mpsc::channel(Self::ORDERS);
            Seat {
                subscriber,
                orders,
                inbox: Mutex::new(Some(inbox)),
                task: OnceLock::new(),
                tenure: watch::Sender::new(Tenure::Unknown),
            }
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

    /// Waits until each knows where it stands: a handler that starts at the end of the log misses nothing from then on,
    /// whichever node runs it.
    pub(crate) async fn opened(&self) -> Result<(), StoreError> {
        let has_place = |progress: &Progress| match progress.subscription().kind {
            SubscriptionKind::View | SubscriptionKind::Projection => true,
            SubscriptionKind::Handler => progress.is_readable(),
        };
        for progress in self.all() {
            wait_until(progress, has_place).await?;
        }
        Ok(())
    }

    /// Waits until every view and projection has been built up to where the log is now.
    pub(crate) async fn built(&self) -> Result<(), StoreError> {
        let head = match self.log.store.head().await {
            Ok(head) => head,
            Err(ReadError::Store(error)) => return Err(error),
            Err(_no_position_was_given) => Position::START,
        };
        for progress in self.all() {
            if progress.subscription().kind != SubscriptionKind::Handler {
                wait_until(progress, |progress| progress.position() >= head).await?;
            }
        }
        Ok(())
    }

    /// Waits until each is at a position, or is paused or has stopped.
    pub(crate) async fn caught_up(&self, position: Position) {
        for progress in self.all() {
            let _awaited = progress.awaits();
            let mut changes = progress.changes();
            loop {
                let state = changes.borrow_and_update().state.clone();
                let waits = match &state {
                    State::Paused | State::Stopped(_) => true,
                    State::Elsewhere { report, .. } => report.is_at_rest(),
                    State::Starting | State::Running | State::Rebuilding { .. } => false,
                };
                if waits || progress.position() >= position && state != State::Starting {
                    break;
                }
                // The sender lives as long as the progress.
                let _change = changes.changed().await.is_ok();
            }
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

    /// Tells one that follows what to do, wherever it runs, and waits for what comes of it. `None` when there is none of
    /// this name.
    pub(crate) async fn order(
        &self,
        kind: SubscriptionKind,
        name: &str,
        what: What,
    ) -> Result<Option<Answer>, StoreError> {
        let seat = self.seats.iter().find(|seat| {
            let subscription = seat.subscriber.progress().subscription();
            subscription.kind == kind && subscription.name == name
        });
        let Some(seat) = seat else { return Ok(None) };
        if seat.is_here() {
            let answer = seat.order(what.clone()).await;
            if answer != Err(Refusal::Elsewhere) {
                return Ok(Some(answer));
            }
        }
        self.order_elsewhere(seat, what).await.map(Some)
    }

    async fn order_elsewhere(&self, seat: &Seat, what: What) -> Result<Answer, StoreError> {
        let store = &self.log.store;
        let order = LeaseOrder {
            id: OrderId::new(self.log.ids.next()),
            subscription: seat.subscriber.progress().subscription().clone(),
            // It is made of texts and bytes.
            what: serde_json::to_vec(&what).unwrap_or_default().into(),
        };
        store.send_order(&order).await?;
        let until = Instant::now() + Self::ANSWER_LIMIT;
        while Instant::now() < until {
            if let Some(answer) = store.order_answer(order.id).await? {
                let answer = serde_json::from_slice(&answer);
                self.hear(seat).await;
                return Ok(answer.unwrap_or_else(|error| Err(Refusal::Failed(error.to_string()))));
            }
            tokio::time::sleep(Self::ANSWER_POLL).await;
        }
        Ok(Err(Refusal::Unanswered))
    }

    /// Finds out now how one is that runs elsewhere: who asks from now on is told what has come of an order.
    async fn hear(&self, seat: &Seat) {
        let mut lease = Lease::new(seat.tenure.subscribe());
        let heard = lease.heard();
        self.company.doubt();
        let in_time = timeout(Self::HEARD_LIMIT, heard).await;
        let looked = onlooker::look_at(&*self.log.store, seat.subscriber.progress()).await;
        if in_time.is_err() || looked.is_err() {
            tracing::debug!("what has come of an order shows later");
        }
    }
}

/// How long the store may fail while views are built before that is the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits until one that follows has found out where it stands and is as it should be, or has stopped.
///
/// A store that fails when it is first asked, or for long, is the answer.
async fn wait_until(
    progress: &Progress,
    is_there: impl Fn(&Progress) -> bool,
) -> Result<(), StoreError> {
    let _awaited = progress.awaits();
    let mut changes = progress.changes();
    let mut failing_since = None;
    loop {
        let failing = {
            let status = changes.borrow_and_update();
            match (&status.state, &status.failing) {
                (State::Stopped(_) | State::Paused, _) => return Ok(()),
                (State::Starting, Some(Failing::Store(error))) => return Err(error.clone()),
                (State::Elsewhere { report, .. }, _) if report.is_at_rest() => return Ok(()),
                (State::Running | State::Rebuilding { .. } | State::Elsewhere { .. }, _)
                    if is_there(progress) =>
                {
                    return Ok(());
                }
                _ => {}
            }
            match &status.failing {
                Some(Failing::Store(error)) => Some(error.clone()),
                Some(Failing::Handler(_)) | None => None,
            }
        };
        // The sender lives as long as the progress, so a change is one.
        let Some(error) = failing else {
            failing_since = None;
            let _change = changes.changed().await.is_ok();
            continue;
        };
        let until = *failing_since.get_or_insert_with(Instant::now) + PATIENCE;
        if timeout_at(until, changes.changed()).await.is_err() {
            return Err(error);
        }
    }
}
