//! Keeps the leases of this node: says that it lives, and learns what is for it to run.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};

use super::{
    Seat,
    lease::{Node, Tenure},
    order::{Order, Refusal, What},
    progress::Failing,
    report::Report,
};
use crate::{
    OrderId, Store, StoreError,
    log::Log,
    store::{
        error::StoreErrorKind,
        leases::{Beat, Lease, LeaseOrder, Pulse},
    },
};

/// What the keeper of leases and the tasks of views and handlers tell each other.
#[derive(Debug, Default)]
pub(super) struct Company {
    nodes: AtomicU32,
    /// Somebody wants to know now whether its lease is still its own.
    doubts: Notify,
}

impl Company {
    /// Whether other nodes live too, which see of this one only what it commits.
    pub(super) fn is_there(&self) -> bool {
        self.nodes.load(Ordering::Relaxed) > 1
    }

    pub(super) fn doubt(&self) {
        self.doubts.notify_one();
    }
}

pub(super) struct Keeper {
    pub(super) log: Arc<Log>,
    pub(super) node: Node,
    pub(super) seats: Arc<[Seat]>,
    pub(super) company: Arc<Company>,
    /// Somebody else has something now, or has it no more.
    pub(super) look: Arc<Notify>,
    /// The orders that are being carried out.
    pub(super) in_hand: Arc<Mutex<BTreeSet<OrderId>>>,
}

impl Keeper {
    /// How often a node says that it lives, in one term.
    const BEATS: u32 = 5;

    /// How long the store may take, however long the term is.
    const LIMIT: Duration = Duration::from_secs(5);

    /// How soon it looks again when another node has what it could run: one that ends lets go.
    const SOON: Duration = Duration::from_millis(20);

    /// Keeps the leases until the app ends, and lets go of them.
    pub(super) async fn keep(self, mut stop: watch::Receiver<bool>) {
        let steady = self.node.term / Self::BEATS;
        let mut soon = Self::SOON;
        loop {
            self.beat().await;
            let waits = if self.seats.iter().all(Seat::is_here) {
                soon = Self::SOON;
                steady
            } else {
                soon = (soon * 2).min(steady);
                soon
            };
            tokio::select! {
                () = tokio::time::sleep(waits) => {}
                () = self.company.doubts.notified() => {}
                // Ends when the app is dropped, too.
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        let left = timeout(self.limit(), self.log.store.leave(self.node.id)).await;
        if !matches!(left, Ok(Ok(()))) {
            tracing::debug!("the leases run out by themselves");
        }
    }

    /// How long the store may take.
    fn limit(&self) -> Duration {
        (self.node.term / 2).min(Self::LIMIT)
    }

    async fn beat(&self) {
        let seats = self.seats.iter();
        let beat = Beat {
            node: self.node.id,
            name: self.node.name.clone(),
            term: self.node.term,
            subscriptions: seats
                .map(|seat| {
                    let progress = seat.subscriber.progress();
                    let report = Report::of(progress).to_bytes();
                    (progress.subscription().clone(), report)
                })
                .collect(),
        };
        // The store's term begins later than this, so nobody else has the lease as long as this node believes to.
        let until = Instant::now() + self.node.term;
        let limit = self.limit();
        match timeout(limit, self.log.store.beat(&beat)).await {
            Ok(Ok(pulse)) => self.learn(pulse, until),
            Ok(Err(error)) => self.fails(&error),
            Err(_elapsed) => self.fails(&StoreError::new(
                StoreErrorKind::Unavailable,
                format!("a sign of life was not answered within {limit:?}"),
            )),
        }
    }

    fn learn(&self, pulse: Pulse, until: Instant) {
        self.company.nodes.store(pulse.nodes, Ordering::Relaxed);
        for (seat, lease) in self.seats.iter().zip(pulse.leases) {
            self.tell(seat, lease, until);
        }
        for order in pulse.orders {
            self.carry_out(order);
        }
    }

    fn tell(&self, seat: &Seat, lease: Lease, until: Instant) {
        let progress = seat.subscriber.progress();
        let tenure = match lease.holder {
            Some(holder) if holder.node != self.node.id => {
                let report = Report::parse(&lease.report);
                progress.elsewhere(holder.name.clone(), report);
                Tenure::Elsewhere { node: holder.name }
            }
            holder => {
                progress.not_elsewhere();
                holder.map_or(Tenure::Unknown, |_here| Tenure::Here {
                    epoch: lease.epoch,
                    until,
                })
            }
        };
        seat.tenure.send_replace(tenure);
        self.look.notify_one();
    }

    /// What is held is held until its term ends. What is not cannot be found out.
    fn fails(&self, error: &StoreError) {
        tracing::warn!(%error, "the store does not take a sign of life");
        for seat in self.seats.iter().filter(|seat| !seat.is_here()) {
            let progress = seat.subscriber.progress();
            progress.failing(Failing::Store(error.clone()));
        }
    }

    /// Passes an order on that came from another node, and answers it.
    fn carry_out(&self, order: LeaseOrder) {
        if !in_hand(&self.in_hand).insert(order.id) {
            return;
        }
        let (seats, all) = (Arc::clone(&self.seats), Arc::clone(&self.in_hand));
        let store = Arc::clone(&self.log.store);
        tokio::spawn(async move {
            if let Err(error) = answer(&*store, &seats, &order).await {
                tracing::warn!(%error, "an order could not be answered");
            }
            // When it was not answered it comes again.
            in_hand(&all).remove(&order.id);
        });
    }
}

async fn answer(store: &dyn Store, seats: &[Seat], order: &LeaseOrder) -> Result<(), StoreError> {
    let seat = seats
        .iter()
        .find(|seat| *seat.subscriber.progress().subscription() == order.subscription);
    let answer = match (seat, serde_json::from_slice::<What>(&order.what)) {
        (Some(seat), Ok(what)) => seat.order(what).await,
        (None, _) => Err(Refusal::Elsewhere),
        (Some(_), Err(error)) => Err(Refusal::Failed(format!(
            "the order is of another version of this program: {error}"
        ))),
    };
    // Another node has it by now, which is told the order too.
    if matches!(answer, Err(Refusal::Elsewhere | Refusal::Ending)) {
        return Ok(());
    }
    // It is made of texts and numbers.
    let answer = serde_json::to_vec(&answer).unwrap_or_default();
    store.answer_order(order.id, answer.into()).await
}

// Nothing that could panic runs under this lock.
fn in_hand(orders: &Mutex<BTreeSet<OrderId>>) -> MutexGuard<'_, BTreeSet<OrderId>> {
    orders.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seat {
    /// Tells it what to do, and waits for what comes of it.
    pub(super) async fn order(&self, what: What) -> super::order::Answer {
        let (order, answer) = Order::new(what);
        if self.orders.send(order).await.is_err() {
            return Err(Refusal::Ending);
        }
        answer.await.unwrap_or(Err(Refusal::Ending))
    }
}
