//! [`FaultyStore`] as a store of leases: they are kept as the store inside keeps them.

use async_trait::async_trait;
use bytes::Bytes;
use cqrs_core::{
    NodeId, OrderId, StoreError,
    store::leases::{Beat, Lease, LeaseOrder, LeaseStore, Pulse},
};

use super::FaultyStore;

#[async_trait]
impl LeaseStore for FaultyStore {
    async fn beat(&self, beat: &Beat) -> Result<Pulse, StoreError> {
        self.faults.reach().await?;
        self.inner.beat(beat).await
    }

    async fn leave(&self, node: NodeId) -> Result<(), StoreError> {
        self.faults.reach().await?;
        self.inner.leave(node).await
    }

    async fn leases(&self) -> Result<Vec<Lease>, StoreError> {
        self.faults.reach().await?;
        self.inner.leases().await
    }

    async fn send_order(&self, order: &LeaseOrder) -> Result<(), StoreError> {
        self.faults.reach().await?;
        self.inner.send_order(order).await
    }

    async fn answer_order(&self, id: OrderId, answer: Bytes) -> Result<(), StoreError> {
        self.faults.reach().await?;
        self.inner.answer_order(id, answer).await
    }

    async fn order_answer(&self, id: OrderId) -> Result<Option<Bytes>, StoreError> {
        self.faults.reach().await?;
        self.inner.order_answer(id).await
    }
}
