//! Who follows the log for whom, where several nodes run the same program.

mod local;

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;

pub use self::local::LocalLeases;
use super::{documents::Subscription, error::StoreError};
use crate::{NodeId, OrderId};

/// Gives each view and handler to one node at a time, and carries orders to whoever has it.
///
/// A store that one process owns keeps all of this in memory, in [`LocalLeases`].
///
/// # Contract
///
/// - Time is the store's own: no node's clock is asked.
/// - [`beat`](Self::beat) renews what the node holds and takes what nobody holds, or nobody has renewed for its term.
///   Whenever a lease changes hands its epoch is raised by one; the first is 1.
/// - As long as a subscription has a lease, a [`PageCommit`](super::documents::PageCommit) whose checkpoint has another
///   epoch is [`CommitError::Moved`](super::documents::CommitError::Moved), whatever else it says: who comes late,
///   writes nothing. A subscription that was never leased takes any epoch.
/// - An order is told to whoever holds the lease with each beat, until it is answered. Orders are forgotten after an
///   hour.
/// - [Forgetting](super::documents::ViewStore::forget) a subscription forgets its lease.
#[async_trait]
pub trait LeaseStore: fmt::Debug + Send + Sync + 'static {
    /// A node says that it lives, what it could run, and how that which it runs is doing.
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError>;

    /// A node lets go of everything that it holds: others need not wait for its term to end.
    async fn leave(&self, node: NodeId) -> Result<(), StoreError>;

    /// Every lease there is, ordered by subscription.
    async fn leases(&self) -> Result<Vec<Lease>, StoreError>;

    /// Leaves an order for whoever holds a subscription.
    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError>;

    /// Answers an order.
    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError>;

    /// The answer to an order, when there is one.
    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError>;
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Who.
    pub node: NodeId,
    /// Its name, for people.
    pub name: String,
    /// For how long it holds what it has or takes now.
    pub term: Duration,
    /// What it could run, each with its word on how that is doing, which is kept when it holds the lease.
    pub subscriptions: Vec<(Subscription, Bytes)>,
}

/// What a node is told with each beat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// The leases of what it could run, in the order of the beat.
    pub leases: Vec<Lease>,
    /// The orders for what it holds that were not answered, in the order in which they were given.
    pub orders: Vec<LeaseOrder>,
    /// How many nodes live, this one included.
    pub nodes: u32,
}

/// Who runs a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What.
    pub subscription: Subscription,
    /// Raised whenever it changes hands.
    pub epoch: u64,
    /// Who holds it, unless its term has ended.
    pub holder: Option<Holder>,
    /// What its last holder said of it.
    pub report: Bytes,
    /// How long ago a node last said that it could run it.
    pub unannounced: Duration,
}

/// The node that holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
}

/// An order on its way to whoever holds a subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseOrder {
    /// Identifies it.
    pub id: OrderId,
    /// For whom.
    pub subscription: Subscription,
    /// What to do: opaque.
    pub what: Bytes,
}
