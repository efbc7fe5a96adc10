//! Keeps the leases of this node: says that it lives, and learns what is for it to run.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout},
};

use super::{
    Seat,
    desk::Failure,
    lease::{Node, Tenure},
    order::{Refusal, What},
    progress::Failing,
    report::Report,
};
use crate::{
    OrderId, StoreError,
    log::Log,
    store::{
        error::StoreErrorKind,
        leases::{Beat, Lease, LeaseOrder, Pulse},
    },
};

/// What the keeper of leases and the tasks of views and handlers tell each other.
#[derive(Debug, Default)]
pub(super) struct Company {
    /// How many nodes live.
    nodes: watch::Sender<u32>,
    /// Somebody wants to know now whether its lease is still its own.
    doubts: Notify,
}

impl Company {
    /// Whether other nodes live too, which see of this one only what it commits.
    pub(super) fn is_there(&self) -> bool {
        *self.nodes.borrow() > 1
    }

    /// Waits until there are other nodes.
    pub(super) async fn comes(&self) {
        let mut nodes = self.nodes.subscribe();
        // The sender lives as long as `self`.
        let _there = nodes.wait_for(|nodes| *nodes > 1).await.is_ok();
    }

    /// Has a sign of life given now.
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
    pub(super) in_hand: Arc<InHand>,
}

/// The orders that are being carried out, and the answers to those that were.
///
/// An answer is given with the sign of life after the order was carried out, so that whoever gave it can know by then how
/// things are; and again until the store has it, without carrying the order out again.
#[derive(Debug, Default)]
pub(super) struct InHand(Mutex<BTreeMap<OrderId, Option<Bytes>>>);

impl InHand {
    // Nothing that could panic runs under this lock.
    fn orders(&self) -> MutexGuard<'_, BTreeMap<OrderId, Option<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        self.company.nodes.send_replace(pulse.nodes);
        for (seat, lease) in self.seats.iter().zip(pulse.leases) {
            if !seat.is_here() {
                // What failed was this.
                seat.subscriber.progress().works();
            }
            self.tell(seat, lease, until);
        }
        let is_told = |id: &OrderId| pulse.orders.iter().any(|order| order.id == *id);
        // The store has the answers to those that it does not tell any more.
        (self.in_hand.orders()).retain(|id, answer| answer.is_none() || is_told(id));
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
            match error.again() {
                Some(error) => progress.failing(Failing::Store(error)),
                None => progress.stopped(error.text()),
            }
        }
    }

    /// Passes an order on that came from another node, or answers it once it was carried out.
    fn carry_out(&self, order: LeaseOrder) {
        match self.in_hand.orders().entry(order.id) {
            Entry::Vacant(entry) => {
                entry.insert(None);
            }
            Entry::Occupied(known) => {
                if let Some(answer) = known.get() {
                    self.answer(order.id, answer.clone());
                }
                return;
            }
        }
        let (seats, all) = (Arc::clone(&self.seats), Arc::clone(&self.in_hand));
        let company = Arc::clone(&self.company);
        tokio::spawn(async move {
            let answer = obeyed(&seats, &order).await;
            let is_done = answer.is_some();
            if is_done {
                all.orders().insert(order.id, answer);
                company.doubt();
            } else {
                // It comes again.
                all.orders().remove(&order.id);
            }
        });
    }

    fn answer(&self, id: OrderId, answer: Bytes) {
        let store = Arc::clone(&self.log.store);
        tokio::spawn(async move {
            if let Err(error) = store.answer_order(id, answer).await {
                tracing::warn!(%error, "an order could not be answered");
            }
        });
    }
}

/// What came of an order; `None` when it is for another node to carry it out, which is told of it too.
async fn obeyed(seats: &[Seat], order: &LeaseOrder) -> Option<Bytes> {
    let seat = seats
        .iter()
        .find(|seat| *seat.subscriber.progress().subscription() == order.subscription)?;
    let answer = match serde_json::from_slice::<What>(&order.what) {
        Ok(what) => seat.order(what).await,
        Err(error) => Err(Refusal::Failed(format!(
            "the order is of another version of this program: {error}"
        ))),
    };
    let elsewhere = matches!(answer, Err(Refusal::Elsewhere | Refusal::Ending));
    // It is made of texts and numbers.
    (!elsewhere).then(|| serde_json::to_vec(&answer).unwrap_or_default().into())
}
