//! Leases in memory, for a store that one process owns.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::time::Instant;

use super::{Beat, Holder, Lease, LeaseOrder, Pulse};
use crate::{NodeId, OrderId, store::documents::Subscription};

/// Leases in memory, for a store that one process owns: what several apps in it share.
///
/// Time is the process's own monotonic clock.
#[derive(Debug, Default)]
pub struct LocalLeases {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    nodes: BTreeMap<NodeId, Node>,
    leases: BTreeMap<Subscription, Held>,
    orders: Vec<Given>,
}

#[derive(Debug)]
struct Node {
    name: String,
    until: Instant,
}

#[derive(Debug)]
struct Held {
    epoch: u64,
    node: Option<NodeId>,
    until: Instant,
    report: Bytes,
    announced: Instant,
}

#[derive(Debug)]
struct Given {
    order: LeaseOrder,
    at: Instant,
    answer: Option<Bytes>,
}

impl LocalLeases {
    /// How long an order is remembered.
    const ORDERS: Duration = Duration::from_secs(3_600);

    /// See [`LeaseStore::beat`](super::LeaseStore::beat).
    pub fn beat(&self, beat: &Beat) -> Pulse {
        let now = Instant::now();
        let until = now + beat.term;
        let mut state = self.state();
        state.nodes.retain(|_, node| node.until > now);
        let node = Node {
            name: beat.name.clone(),
            until,
        };
        state.nodes.insert(beat.node, node);
        state.orders.retain(|given| now - given.at < Self::ORDERS);
        for (subscription, report) in &beat.subscriptions {
            let held = state.leases.entry(subscription.clone()).or_insert(Held {
                epoch: 0,
                node: None,
                until: now,
                report: Bytes::new(),
                announced: now,
            });
            held.announced = now;
            let is_own = held.node == Some(beat.node);
            if !is_own && held.node.is_some() && held.until > now {
                continue;
            }
            if !is_own {
                held.epoch += 1;
                held.node = Some(beat.node);
            }
            held.until = until;
            held.report.clone_from(report);
        }
        let subscriptions = beat.subscriptions.iter();
        Pulse {
            leases: subscriptions
                .filter_map(|(subscription, _)| state.lease(subscription, now))
                .collect(),
            orders: state.orders_of(beat.node),
            nodes: u32::try_from(state.nodes.len()).unwrap_or(u32::MAX),
        }
    }

    /// See [`LeaseStore::leave`](super::LeaseStore::leave).
    pub fn leave(&self, node: NodeId) {
        let mut state = self.state();
        state.nodes.remove(&node);
        for held in state.leases.values_mut() {
            if held.node == Some(node) {
                held.node = None;
            }
        }
    }

    /// See [`LeaseStore::leases`](super::LeaseStore::leases).
    pub fn leases(&self) -> Vec<Lease> {
        let (state, now) = (self.state(), Instant::now());
        let subscriptions = state.leases.keys();
        subscriptions
            .filter_map(|subscription| state.lease(subscription, now))
            .collect()
    }

    /// See [`LeaseStore::send_order`](super::LeaseStore::send_order).
    pub fn send_order(&self, order: LeaseOrder) {
        self.state().orders.push(Given {
            order,
            at: Instant::now(),
            answer: None,
        });
    }

    /// See [`LeaseStore::answer_order`](super::LeaseStore::answer_order).
    pub fn answer_order(&self, id: OrderId, answer: Bytes) {
        let mut state = self.state();
        let given = state.orders.iter_mut().find(|given| given.order.id == id);
        if let Some(given) = given {
            given.answer = Some(answer);
        }
    }

    /// See [`LeaseStore::order_answer`](super::LeaseStore::order_answer).
    pub fn order_answer(&self, id: OrderId) -> Option<Bytes> {
        let state = self.state();
        let given = state.orders.iter().find(|given| given.order.id == id)?;
        given.answer.clone()
    }

    /// Whether a commit under this epoch may be made: the subscription was never leased, or is leased under it.
    pub fn admits(&self, subscription: &Subscription, epoch: u64) -> bool {
        let state = self.state();
        let held = state.leases.get(subscription);
        held.is_none_or(|held| held.epoch == epoch)
    }

    /// Forgets the lease of a subscription.
    pub fn forget(&self, subscription: &Subscription) {
        self.state().leases.remove(subscription);
    }

    // Nothing that could panic runs under this lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn lease(&self, subscription: &Subscription, now: Instant) -> Option<Lease> {
        let held = self.leases.get(subscription)?;
        let holder = held.node.filter(|_| held.until > now);
        Some(Lease {
            subscription: subscription.clone(),
            epoch: held.epoch,
            holder: holder.map(|node| Holder {
                node,
                name: self
                    .nodes
                    .get(&node)
                    .map(|node| node.name.clone())
                    .unwrap_or_default(),
            }),
            report: held.report.clone(),
            unannounced: now - held.announced,
        })
    }

    fn orders_of(&self, node: NodeId) -> Vec<LeaseOrder> {
        let orders = self.orders.iter().filter(|given| {
            let held = self.leases.get(&given.order.subscription);
            given.answer.is_none() && held.is_some_and(|held| held.node == Some(node))
        });
        orders.map(|given| given.order.clone()).collect()
    }
}
